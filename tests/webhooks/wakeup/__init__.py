"""Who is told that something is due."""
