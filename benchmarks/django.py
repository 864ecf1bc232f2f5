"""Sets Django up in a process of the benchmark. Import it before modules with models."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
