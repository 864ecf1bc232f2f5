"""Uploaded files: their routes, their bytes, and the studies that show them."""
