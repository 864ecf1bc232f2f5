"""Uploaded files: their types, their bytes, who may use them, and how they are sent."""
