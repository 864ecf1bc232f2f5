"""Delivering what is due: claim, sign, send, record, and the schedule of retries."""
