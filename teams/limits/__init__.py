"""Limits: plans, monthly quotas, requests per minute, and counts by the day."""
