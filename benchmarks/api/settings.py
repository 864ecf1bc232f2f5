"""The server's own settings, with the floor beside the real ones."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.api.floor"
LOG_LEVEL = "WARNING"
LOGGING = {"level": "WARNING", "format": "json"}
