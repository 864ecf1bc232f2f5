"""The parts of `make demo`: two pages, a study of them, and a receiver of its webhooks."""
