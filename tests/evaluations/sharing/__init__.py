"""Shares, invites and requests for access."""
