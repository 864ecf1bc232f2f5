"""The other sides of the comparison, each a small Django project of its own."""

from benchmarks.baselines.celery import app as celery_app

__all__ = ["celery_app"]
