"""Every setting of the server, read from the environment.

With an empty environment the server runs on the embedded default: SQLite, a
filesystem broker and generated secrets below `DATA_DIR`, bound to 127.0.0.1.
Setting `DATABASE_URL` makes it a production server, which refuses to start
without its secrets (`config/checks`). `.env.example` lists every variable.
"""

import ipaddress
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config import __version__, embedded
from config.environment import Env, refuse
from webhooks.delivery.retry_schedule import MAX_ATTEMPTS

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read(env.str("ENV_FILE", ""), BASE_DIR / ".env")

# --- the place of the server ---------------------------------------------------

EMBEDDED = not env.str("DATABASE_URL", "")
DEBUG = env.bool("DEBUG", False)
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / ".data"))).expanduser().absolute()
HOST = env.str("HOST", "127.0.0.1")
PORT = env.int("PORT", 8000, least=1, most=65535)
WEB_THREADS = env.int("WEB_THREADS", 8, least=1)  # requests served at once
# Seconds for the line and headers of a request, and for its body beside what its size allows.
REQUEST_DEADLINE = env.float("AUTOUSERS_REQUEST_DEADLINE", 10.0, least=0.1)


def _is_loopback(host: str) -> bool:
    """Whether a bind address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _url_host(host: str) -> str:
    """How a bind address is written in a URL that leads to it from this machine."""
    plain = host.strip("[]")
    plain = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(plain, plain)  # noqa: S104 - compared, not bound
    return f"[{plain}]" if ":" in plain else plain


_local_url = f"http://{_url_host(HOST)}:{PORT}" if EMBEDDED else ""
PUBLIC_URL = env.str("AUTOUSERS_PUBLIC_URL", _local_url).rstrip("/")

# --- secrets ------------------------------------------------------------------

SECRET_KEY = env.str("SECRET_KEY", "")
ENCRYPTION_KEYS = env.list("AUTOUSERS_ENCRYPTION_KEYS", default=[])
if EMBEDDED:
    _generated = embedded.generated_secrets(DATA_DIR)
    SECRET_KEY = SECRET_KEY or _generated["SECRET_KEY"]
    ENCRYPTION_KEYS = ENCRYPTION_KEYS or [_generated["KEY"]]

# --- hosts and transport ------------------------------------------------------

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
if not ALLOWED_HOSTS:
    ALLOWED_HOSTS = [urlsplit(PUBLIC_URL).hostname or "127.0.0.1"]
    if EMBEDDED:
        ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]

_https = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SECURE_SSL_REDIRECT = env.bool("AUTOUSERS_HTTPS_REDIRECT", False)
SECURE_HSTS_SECONDS = env.int("AUTOUSERS_HSTS_SECONDS", 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("AUTOUSERS_HSTS_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = env.bool("AUTOUSERS_HSTS_PRELOAD", False)
SESSION_ENGINE = "api.security.sessions"
# Seconds without a request, and since the sign-in.
SESSION_IDLE = env.int("AUTOUSERS_SESSION_IDLE", 43_200, least=1)
SESSION_COOKIE_AGE = env.int("AUTOUSERS_SESSION_AGE", 1_209_600, least=1)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The proxies whose X-Forwarded-For is believed: networks, or `unix` for those at a Unix socket.
TRUSTED_PROXIES = env.list("AUTOUSERS_TRUSTED_PROXIES", default=[])
if env.bool("AUTOUSERS_BEHIND_TLS_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- pages of other origins ---------------------------------------------------

# They may call the API with a key, and never with somebody's session: no credentials are allowed.
CORS_ORIGINS = env.list("AUTOUSERS_CORS_ORIGINS", default=["https://docs.autousers.ai"])
CORS_ALLOW_ALL_ORIGINS = CORS_ORIGINS == ["*"]
CORS_ALLOWED_ORIGINS = [] if CORS_ALLOW_ALL_ORIGINS else CORS_ORIGINS
CORS_URLS_REGEX = r"^/(?:api|uploads)/"
CORS_ALLOW_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]
CORS_ALLOW_HEADERS = ["Authorization", "Content-Type", "Idempotency-Key", "Autousers-Version"]
CORS_EXPOSE_HEADERS = [
    "X-Request-Id",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Retry-After",
    "Deprecation",
    "Sunset",
    "Link",
    "Idempotency-Key",
    "Autousers-Version",
    "Autousers-Signature",
]

# --- the application ----------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config",
    "api",
    "teams",
    "evaluations",
    "ratings",
    "autousers",
    "webhooks",
]

MIDDLEWARE = [
    # Before the middleware that checks the host, redirects or logs: probes come often.
    "config.health.probes.ProbeMiddleware",
    # Around all others, so that every answer has the request id.
    "api.middleware.RequestIdMiddleware",
    # Around the one that rewrites errors, so that pages of other origins can read refusals too.
    "corsheaders.middleware.CorsMiddleware",
    "api.http.response_headers.ResponseHeadersMiddleware",
    "api.middleware.ErrorEnvelopeMiddleware",
    "api.middleware.RequestBodyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "api.middleware.AdminInputMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
CSRF_FAILURE_VIEW = "api.rest.errors.error_views.csrf_failure"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "teams.pages.navigation.navigation",
            ],
        },
    },
]

# --- database -----------------------------------------------------------------

PREPARED_STATEMENTS = env.str("DATABASE_PREPARED_STATEMENTS", "auto").lower()  # auto | on | off
PREPARED_STATEMENTS = {"true": "on", "false": "off"}.get(PREPARED_STATEMENTS, PREPARED_STATEMENTS)
if EMBEDDED:
    DATABASES: dict[str, Any] = {
        "default": {
            "ENGINE": "api.database.sqlite3",
            "NAME": DATA_DIR / "autousers.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                # A deferred transaction that reads and then writes ignores the
                # timeout and fails with "locked"; an immediate one waits.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    }
else:
    DATABASES = {"default": env.database("DATABASE_URL")}
    DATABASES["default"].update(
        CONN_MAX_AGE=env.int("DATABASE_CONN_MAX_AGE", 600), CONN_HEALTH_CHECKS=True
    )
    if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        DATABASES["default"]["ENGINE"] = "api.database.postgresql"
    if PREPARED_STATEMENTS != "off":
        DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 0
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -------------------------------------------------------------------

AUTH_USER_MODEL = "teams.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "admin:index"  # of the admin; the pages for people have their own
# Invitations that one person may send on one day, teams that one person may own, and people that
# a team may have, invited ones included: replies name all of them.
INVITATIONS_PER_DAY = env.int("AUTOUSERS_INVITATIONS_PER_DAY", 100)
TEAMS_PER_PERSON = env.int("AUTOUSERS_TEAMS_PER_PERSON", 20)
MEMBERS_PER_TEAM = env.int("AUTOUSERS_MEMBERS_PER_TEAM", 500)
SIGN_UP = env.str("AUTOUSERS_SIGN_UP", "open" if EMBEDDED else "closed")  # open | closed
_way = "smtp" if env.str("EMAIL_HOST", "") else "console"
EMAIL_BACKEND = env.str("EMAIL_BACKEND", f"django.core.mail.backends.{_way}.EmailBackend")
EMAIL_HOST = env.str("EMAIL_HOST", "") or "localhost"
EMAIL_PORT = env.int("EMAIL_PORT", 25, least=1)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)  # STARTTLS
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", False)  # TLS from the first byte, mostly on port 465
EMAIL_TIMEOUT = 10  # seconds; a mail server that hangs must not hold a worker
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "autousers@localhost")

# --- language, time, static files ---------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "config.formats"
STATIC_URL = "static/"
# Files are served straight from the installed packages: no collectstatic step to forget.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- the operators' admin -----------------------------------------------------

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Autousers",
    "SITE_HEADER": "Autousers",
    "SITE_SUBHEADER": f"version {__version__}",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "href": "data:,"}],  # none, and no request for one
    "STYLES": ["config.operators.menu.stylesheet"],
    "SIDEBAR": {"navigation": "config.operators.menu.navigation"},
    "DASHBOARD_CALLBACK": "config.operators.menu.dashboard",
}

# --- API ----------------------------------------------------------------------

API_BODY_LIMIT = env.int("AUTOUSERS_BODY_LIMIT", 1_000_000, least=1)  # bytes
DATA_UPLOAD_MAX_MEMORY_SIZE = API_BODY_LIMIT
DEFAULT_PLAN = env.str("AUTOUSERS_DEFAULT_PLAN", "pro")
QUOTA_MODE = env.str("AUTOUSERS_QUOTA_MODE", "enforce")  # enforce | log
EXTRA_MODELS = env.list("AUTOUSERS_EXTRA_MODELS", default=[])
RATE_LIMIT_MODE = env.str("AUTOUSERS_RATE_LIMIT_MODE", "enforce")  # enforce | log
# Where requests are counted; without a Redis each process counts for itself.
RATE_LIMIT_URL = env.str("REDIS_URL", "")
REQUEST_LOG = env.str("AUTOUSERS_REQUEST_LOG", "writes")  # writes | failed | all | off
REQUEST_LOG_DAYS = env.int("AUTOUSERS_REQUEST_LOG_DAYS", 7)
ENFORCE_SUNSET = env.bool("AUTOUSERS_ENFORCE_SUNSET", False)  # 410 after the sunset date
IDEMPOTENCY_WAIT_SECONDS = env.int("AUTOUSERS_IDEMPOTENCY_WAIT", 10)
# Requests that wait for a key, per process: a quarter of its threads.
IDEMPOTENCY_WAITERS = env.int("AUTOUSERS_IDEMPOTENCY_WAITERS", max(1, WEB_THREADS // 4))

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "teams.auth.authentication.BearerAuthentication",
        "teams.auth.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["teams.limits.throttling.TeamThrottle"],
    "DEFAULT_PERMISSION_CLASSES": ["api.rest.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["api.http.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.http.negotiation.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "api.openapi.schema.EnvelopeSchema",
    "EXCEPTION_HANDLER": "api.rest.errors.exception_handler.exception_handler",
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "Autousers API",
    "VERSION": "v1",
    "DESCRIPTION": (
        "UX evaluations, and signed webhooks about them. Send `Authorization: Bearer ak_live_…`, "
        "or be signed in. Every reply has an `X-Request-Id`, and every refusal is an "
        "`ErrorEnvelope`; `/docs/errors` explains its codes. Replies may gain fields: ignore what "
        "you do not know. To callers whose `User-Agent` starts with `autousers-cli/`, some "
        "operations on single objects repeat the object under `data`."
    ),
    "SERVERS": [{"url": "/api/v1"}],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SCHEMA_PATH_PREFIX_TRIM": True,
    "TAGS": [
        {"name": "Identity", "description": "Who calls, and what of the plan is used."},
        {"name": "Teams", "description": "Teams, their members and invitations."},
        {"name": "API keys", "description": "Making, narrowing and revoking keys."},
        {"name": "Evaluations", "description": "Studies: their designs, runs and results."},
        {"name": "Templates", "description": "The dimensions that designs are rated on."},
        {"name": "Dimensions", "description": "The old name of templates; going away."},
        {"name": "Autousers", "description": "Personas that rate, their rubrics and calibration."},
        {"name": "Shares", "description": "People who have access besides the team."},
        {"name": "Invites", "description": "Shares that are offered to an address."},
        {"name": "Access requests", "description": "Asking for access, and deciding."},
        {"name": "Notifications", "description": "What a person was told."},
        {"name": "Files", "description": "Pictures, films and documents that are rated."},
        {"name": "Ratings", "description": "What people and autousers gave."},
        {"name": "Webhooks", "description": "Endpoints that events are sent to, and deliveries."},
        {"name": "Events", "description": "The log of everything that was announced."},
        {"name": "Other", "description": "This document."},
        {"name": "Outgoing", "description": "What the server sends to your endpoints."},
    ],
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,  # an update has a shape of its own
    "PATH_CONVERTER_OVERRIDES": {"str": {"type": "string", "minLength": 1}},
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "api.openapi.components.add_components",
        "api.openapi.spellings.share_spellings",
        "webhooks.catalogue.openapi.add_webhooks",
        "api.openapi.examples.add_examples",
    ],
}

# --- webhooks -----------------------------------------------------------------

WEBHOOKS_ENABLED = env.bool("AUTOUSERS_WEBHOOKS_ENABLED", True)
WEBHOOK_MAX_ATTEMPTS = env.int("AUTOUSERS_WEBHOOK_MAX_ATTEMPTS", MAX_ATTEMPTS, least=1)
# Of one study; docs/api/conventions.md says why there are limits.
DESIGNS_LIMIT = env.int("AUTOUSERS_DESIGNS_LIMIT", 200, least=1)  # designs, and pairs
AUTOUSERS_LIMIT = env.int("AUTOUSERS_AUTOUSERS_LIMIT", 100, least=1)
OWN_DIMENSIONS_LIMIT = env.int("AUTOUSERS_OWN_DIMENSIONS_LIMIT", 50, least=1)
WEBHOOK_ENDPOINT_LIMIT = env.int("AUTOUSERS_WEBHOOK_ENDPOINT_LIMIT", 100)  # per team
WEBHOOK_DEADLINE = 10.0  # seconds for one attempt, everything included
WEBHOOK_LEASE_MARGIN = env.float("AUTOUSERS_WEBHOOK_LEASE_MARGIN", 20.0)  # seconds beyond it
WEBHOOK_MAX_IN_FLIGHT = env.int("AUTOUSERS_WEBHOOK_MAX_IN_FLIGHT", 256, least=1)  # per drainer
WEBHOOK_SWEEP_SECONDS = env.float("AUTOUSERS_WEBHOOK_SWEEP_SECONDS", 2.0, least=0.1)
# An endpoint whose deliveries all fail is disabled once that has lasted so long (seconds).
WEBHOOK_DISABLE_AFTER = env.float("AUTOUSERS_WEBHOOK_DISABLE_AFTER_SECONDS", 3600.0)
CA_BUNDLE = env.str("AUTOUSERS_CA_BUNDLE", "") or None
# Plain http and private receivers: for development, and never on a server others can reach.
ALLOW_PRIVATE_TARGETS = env.bool("AUTOUSERS_ALLOW_PRIVATE_TARGETS", EMBEDDED) and (
    not EMBEDDED or _is_loopback(HOST)
)
ALLOWED_NETWORKS = env.list("AUTOUSERS_ALLOWED_NETWORKS", default=[])  # CIDRs

# --- files --------------------------------------------------------------------

# Uploads, and what runs leave behind. Nothing in it is served by its address. In production it must
# be named, unless files lie in an S3-compatible store: web server and workers share it, and the
# folder of the code is no place for data.
_files_dir = env.str("AUTOUSERS_FILES_DIR", str(DATA_DIR / "files") if EMBEDDED else "")
FILES_DIR = Path(_files_dir).expanduser() if _files_dir else None
S3_BUCKET = env.str("AUTOUSERS_S3_BUCKET", "")
S3_ENDPOINT = env.str("AUTOUSERS_S3_ENDPOINT", "")
S3_ACCESS_KEY = env.str("AUTOUSERS_S3_ACCESS_KEY", "")
S3_SECRET_KEY = env.str("AUTOUSERS_S3_SECRET_KEY", "")
_folder = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": FILES_DIR, "file_permissions_mode": 0o600},
}
_s3 = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": S3_BUCKET,
        "endpoint_url": S3_ENDPOINT or None,
        "region_name": env.str("AUTOUSERS_S3_REGION", "") or None,
        "access_key": S3_ACCESS_KEY or None,  # none: the ones of the machine
        "secret_key": S3_SECRET_KEY or None,
        "default_acl": "private",
        "querystring_auth": False,  # nobody is sent to the store: the server sends the bytes
        "file_overwrite": True,  # names are never used twice
    },
}
STORAGES = {
    "default": _s3 if S3_BUCKET else _folder,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# An origin of its own for uploaded files, so that none of them shares one with the pages.
FILES_URL = env.str("AUTOUSERS_FILES_URL", "").rstrip("/")
if FILES_URL:
    ALLOWED_HOSTS += [urlsplit(FILES_URL).hostname or FILES_URL]
# Width by height of a picture, and megabytes of signed uploads that one web process takes at once.
FILE_PIXELS = env.int("AUTOUSERS_FILE_PIXELS", 50_000_000, least=1)
UPLOADS_MB = env.int("AUTOUSERS_UPLOADS_MB", 4_000, least=1)
# Where bodies lie until they are whole: a disk, because /tmp may be memory.
SPOOL_DIR = FILES_DIR / "arriving" if FILES_DIR else None
FILE_UPLOAD_HANDLERS = ["evaluations.files.spool.SpooledUploads"]

# --- autousers ----------------------------------------------------------------

# The engine: a name of autousers.engine.NAMES. `auto` is the browser, if there is one.
ENGINE = env.str("AUTOUSERS_ENGINE", "auto")
# Seconds to fetch the designs of a run, and since its last sign of life; workers lost on one run.
ENGINE_DEADLINE = env.float("AUTOUSERS_ENGINE_DEADLINE", 60.0, least=0.1)
RUN_LEASE_SECONDS = env.float("AUTOUSERS_RUN_LEASE_SECONDS", 60.0, least=0.1)
RUN_MAX_ATTEMPTS = env.int("AUTOUSERS_RUN_MAX_ATTEMPTS", 3, least=1)
# Seconds that other runs of a study use what was seen of a design; then it is visited again.
OBSERVATION_AGE = env.float("AUTOUSERS_OBSERVATION_AGE", 600.0, least=0)
# The browser: a path where none is to be looked for; Chromium's own sandbox; the time and memory
# of one visit (docs/operate/browser.md).
BROWSER = env.str("AUTOUSERS_BROWSER", "")
BROWSER_SANDBOX = env.bool("AUTOUSERS_BROWSER_SANDBOX", True)
VISIT_SECONDS = env.float("AUTOUSERS_VISIT_SECONDS", 45.0, least=1)
BROWSER_MEMORY_MB = env.int("AUTOUSERS_BROWSER_MEMORY_MB", 1500, least=300)
# A browser of Playwright's protocol for Firefox, for studies with `browserEngine: CAMOUFOX`.
CAMOUFOX = env.str("AUTOUSERS_CAMOUFOX", "")
# Proxies that visits leave through, by region: eu=proxy.example:3128,us=…
PROXIES = env.list("AUTOUSERS_PROXIES", default=[])

# --- Celery -------------------------------------------------------------------

BROKER_URL = env.str("AUTOUSERS_BROKER_URL", "") or env.str("REDIS_URL", "")
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "visibility_timeout": 600,  # longer than the hard time limit below
}
if EMBEDDED and not BROKER_URL:
    CELERY_BROKER_URL = "files://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "folder": str(DATA_DIR / "broker"),
        "polling_interval": 0.05,
    }
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # needs fan-out, which files do not have
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # none: workers and beat wait for a broker for good
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False  # the rows are the queue; the sweep finds what was not published
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_MAX_TASKS_PER_CHILD = 10_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_DB_REUSE_MAX = 1_000
CELERY_TASK_DEFAULT_QUEUE = "maintenance"
CELERY_TASK_ROUTES = {
    "webhooks.tasks.drain": {"queue": "deliveries"},
    "autousers.tasks.work": {"queue": "runs"},  # its own workers: a slow page delays no webhook
}
_INTERVALS = {
    "webhooks.tasks.sweep": WEBHOOK_SWEEP_SECONDS,
    "autousers.tasks.sweep": 5.0,
    "autousers.tasks.end_expired": 10.0,
    "webhooks.tasks.send_notices": 30.0,
    "teams.tasks.send_mails": 5.0,
    "teams.tasks.forget": 600.0,
    "ratings.tasks.forget": 3600.0,
    "evaluations.tasks.send_invites": 5.0,
    "evaluations.tasks.forget": 600.0,
    "evaluations.tasks.forget_files": 600.0,
    "evaluations.tasks.collect_files": 86_400.0,
    "webhooks.tasks.remove_old_events": 60.0,
    "api.tasks.forget": 600.0,
    "config.tasks.forget_processes": 600.0,
}
# A message expires when the next one is due, so that hours without a worker leave no backlog.
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": seconds, "options": {"expires": seconds}}
    for task, seconds in _INTERVALS.items()
}
# Keeps no file of past runs, which such short intervals do not need.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"

# --- health -------------------------------------------------------------------

# Seconds between two heartbeats of a process. It counts as dead after three and a half of them;
# problems are looked for after two.
HEARTBEAT_SECONDS = env.float("AUTOUSERS_HEARTBEAT_SECONDS", 10.0, least=0.1)
# The folder in which the processes of a machine count together for /metrics, and who may read it.
METRICS_DIR = env.str("AUTOUSERS_METRICS_DIR", "")
METRICS_TOKEN = env.str("AUTOUSERS_METRICS_TOKEN", "")
if METRICS_DIR:
    try:
        Path(METRICS_DIR).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"AUTOUSERS_METRICS_DIR={METRICS_DIR} cannot be used: {error.strerror}.")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS_DIR  # read when the library is imported

# --- logging ------------------------------------------------------------------

LOG_FORMAT = env.word("LOG_FORMAT", "console" if EMBEDDED else "json", ("console", "json"))
LOG_LEVEL = env.word("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
# Where errors are reported to besides the log (api/logs/error_monitor.py); nowhere by default.
SENTRY_DSN = env.str("SENTRY_DSN", "")
SENTRY_ENVIRONMENT = env.str("SENTRY_ENVIRONMENT", "production")
LOGGING_CONFIG = "api.logs.lines.configure"
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}
