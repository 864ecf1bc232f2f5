"""Showing designs to people: what may stand in a frame, and what is a link in a new tab."""
