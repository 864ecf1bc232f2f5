"""The database: Django's backends, fields, statements and transactions, and what every model builds on."""
