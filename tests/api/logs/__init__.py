"""What is written down about requests."""
