"""The API: the cost of requests beside their floor, and pages of long lists."""
