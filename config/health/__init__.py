"""Whether the server is healthy: heartbeats of its processes, the pulse, probes and the alarm."""
