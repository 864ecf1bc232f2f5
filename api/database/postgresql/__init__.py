"""The PostgreSQL backend: `ENGINE` names this package."""
