"""Django set up for a process of the benchmark; imported before anything that needs models."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
