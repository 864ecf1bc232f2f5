"""Templates and their dimensions."""
