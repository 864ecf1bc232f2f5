"""The logs: lines on the standard output, and the rows that support looks up a request in."""
