"""Running Chromium: finding it, starting it, watching its memory, ending it with all its files."""
