"""The pages in a real browser: what only Chromium can show."""
