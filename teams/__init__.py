"""People, teams and keys: who calls, and what they may do."""
