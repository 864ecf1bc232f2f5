"""The settings of the tests: the same server, with fixed values where a machine's would differ.

Without `DATABASE_URL` and `REDIS_URL` the suite runs on the embedded default;
with them (`make test-services`) on PostgreSQL and Redis. Nothing else of the
caller's environment, and no `.env`, reaches a test.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_data_dir = tempfile.mkdtemp(prefix="autousers-test-")
atexit.register(shutil.rmtree, _data_dir, ignore_errors=True)

for _name in [name for name in os.environ if name.startswith("AUTOUSERS_")]:
    del os.environ[_name]
os.environ.update(
    ENV_FILE=os.devnull,
    DATA_DIR=_data_dir,
    HOST="127.0.0.1",
    PORT="8000",
    SECRET_KEY="test-only-" + "0123456789" * 5,
    AUTOUSERS_ENCRYPTION_KEYS="dGVzdC1vbmx5LXRlc3Qtb25seS10ZXN0LW9ubHktdGU=",
    AUTOUSERS_PUBLIC_URL="http://testserver",
    AUTOUSERS_FILES_DIR=f"{_data_dir}/files",
    AUTOUSERS_ALLOW_PRIVATE_TARGETS="true",
    AUTOUSERS_DEFAULT_PLAN="pro",
    AUTOUSERS_ENGINE="markup",
    LOG_FORMAT="console",
    LOG_LEVEL="INFO",
)

from config.settings import *  # noqa: E402, F403 - the environment above comes first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, and only here
WHITENOISE_AUTOREFRESH = True  # every test client is a server, and would list all static files
REQUEST_LOG = "off"  # its thread would write beside the test's transaction
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

if EMBEDDED:  # noqa: F405
    # A file, because an in-memory database locks unlike one with several connections.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_data_dir) / "test.sqlite3")}  # noqa: F405

ALLOWED_HOSTS += ["localhost"]  # noqa: F405 - what schemathesis calls a server in its own process
