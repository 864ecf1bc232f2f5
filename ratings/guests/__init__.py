"""Guests: who gets in by a share link, and what proves it later."""
