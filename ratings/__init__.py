"""Ratings by people and autousers, and the results and agreement computed from them."""
