"""Sending on request: replays, catch-ups and tests, how often and how fast they may be."""
