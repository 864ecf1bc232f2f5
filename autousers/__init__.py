"""AI personas that rate designs, their rubrics, calibration and runs."""
