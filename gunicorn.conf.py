"""How gunicorn serves the application. gunicorn reads this file where it is started.

Options on its command line win over what stands here.
"""

import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_host = settings.HOST.strip("[]")
bind = f"[{_host}]:{settings.PORT}" if ":" in _host else f"{_host}:{settings.PORT}"
worker_class = "config.web.worker.Worker"
threads = settings.WEB_THREADS
worker_connections = 800  # fewer than the 1,024 files a process may usually have open
keepalive = 75  # seconds; longer than a proxy keeps an idle connection, so that the proxy ends it
control_socket_disable = True
logger_class = "config.web.log.Log"

# gunicorn believes no header about who called and how. What a proxy tells is read by the
# application: `api/http/client_address.py`, and Django's SECURE_PROXY_SSL_HEADER.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""

# `sendfile` is not set: gunicorn takes any value of it for "no". A file is left to the main thread,
# which sends what its caller takes (`config.web.connection`).
