"""Personas that rate designs: what they are, how they run, and how they are calibrated."""
