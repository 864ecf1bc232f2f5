"""The delivery engine: its goals, its baselines, and the systems that are compared."""
