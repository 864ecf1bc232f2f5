"""Sending again: retries, catching up, what supersedes what."""
