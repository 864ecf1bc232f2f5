"""Measurements of the browser: what a visit costs, and what runs cost that share one."""
