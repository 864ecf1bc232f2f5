"""How requests reach the application: gunicorn's worker, its refusals and its log."""
