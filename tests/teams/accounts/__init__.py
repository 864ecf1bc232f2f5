"""Signing up, in and out; passwords and sessions."""
