"""What all apps share: the base of the API, the database, security, logs and the admin."""
