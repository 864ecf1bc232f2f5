"""Runs: queueing them, working on them, recording their end, and what they cost."""
