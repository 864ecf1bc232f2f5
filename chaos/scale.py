"""The shortened times of the server under test, which the verdict uses too."""

DEADLINE = 1.0  # seconds for a request
LEASE_MARGIN = 1.5  # and to record what came of it
SLOTS = 32
RUN_LEASE = 2.0  # seconds since the last sign of life of a run
HURRY = 20_000.0  # 300 days of retries in a quarter of a minute
