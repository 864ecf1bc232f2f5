"""Sharing an evaluation: who may, with whom, shares, invites, requests for access, transfer."""
