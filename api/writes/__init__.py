"""Writes: a request changes things once, in one transaction, under the present rights."""
