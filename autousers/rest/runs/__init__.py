"""The routes of runs, their stream, and what their visits saw."""
