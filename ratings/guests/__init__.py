"""Guests: access by a share link, and its proof on later visits."""
