"""Findings: the facts behind low ratings, place by place, and what became of earlier ones."""
