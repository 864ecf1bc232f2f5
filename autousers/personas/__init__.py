"""Personas and their rubrics: finding, making, changing, deleting and selecting autousers."""
