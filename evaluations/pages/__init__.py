"""Pages about one study: making, changing, starting and ending it, and its address."""
