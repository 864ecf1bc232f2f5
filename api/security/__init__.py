"""Security shared by all apps: encryption, sessions, redaction, and limits on attempts."""
