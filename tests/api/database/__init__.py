"""Statements that are compiled once, or prepared."""
