"""The pages about autousers: the list, each one of them, and their calibration."""
