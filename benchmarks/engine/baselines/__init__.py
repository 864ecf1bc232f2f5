"""The baselines: other designs for the same task, each a small Django project."""

from benchmarks.engine.baselines.celery import app as celery_app

__all__ = ["celery_app"]
