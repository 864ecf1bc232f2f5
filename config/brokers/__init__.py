"""Celery's brokers: one made of files, and kombu's Redis transport with corrections."""
