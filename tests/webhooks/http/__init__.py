"""Bytes on the wire: requests, answers, signatures."""
