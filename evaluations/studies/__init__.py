"""Evaluations: finding, making, changing and deleting them, and what they are made of."""
