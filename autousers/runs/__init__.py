"""Runs: queueing, execution, results and costs."""
