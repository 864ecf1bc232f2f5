"""django-webhook 0.0.15 in a project of its own, set up as its documentation says."""
