"""The WSGI entry point that gunicorn serves."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django.setup(set_prefix=False)

from api.http.wsgi import Application  # noqa: E402 - settings must be loaded first
from config.checks import refuse_if_misconfigured  # noqa: E402 - models must be loaded first

refuse_if_misconfigured()
application = Application()
