"""Measuring an open page, and noting what was measured as facts."""
