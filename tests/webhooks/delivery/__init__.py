"""The worker: claims, concurrency limits, results, the retry schedule."""
