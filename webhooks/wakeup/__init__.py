"""Telling the workers that a delivery is due: a message to the broker, or a notification."""
