"""Pages about studies: the list of a team's studies, and what came of each."""
