"""Measurements of runs, for `/metrics`."""

from api.metrics import Counter

RUNS_ENDED = Counter("autousers_runs_ended", "Runs that ended, by engine.", ["status", "engine"])
