"""Sets Django up in a process that needs no database. Import it before modules with models."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
django.setup()
