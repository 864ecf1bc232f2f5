"""The browser: visits, safety, and what is left behind."""
