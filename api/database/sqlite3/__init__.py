"""The SQLite backend: `ENGINE` names this package."""
