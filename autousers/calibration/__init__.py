"""Calibration: measuring how far an autouser agrees with people, and improving its rubric."""
