"""Pages about autousers, their calibration, their runs, and what they found."""
