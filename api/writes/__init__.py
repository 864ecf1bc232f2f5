"""Writes: each request changes things once, in one transaction, under the caller's present rights."""
