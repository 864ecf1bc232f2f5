"""The database: Django's backends, fields, statements, and the bases of models."""
