"""Endpoints: their routes, their secret, their health."""
