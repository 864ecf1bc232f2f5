"""REST: the routes of teams, members and keys, and their shapes."""
