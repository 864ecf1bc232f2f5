"""The server's own settings, with the bare views beside the real ones."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.bare"
LOG_LEVEL = "WARNING"
LOGGING = {"level": "WARNING", "format": "json"}
