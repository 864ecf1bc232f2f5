"""What the ratings of an evaluation add up to: results, agreement, and exports of both."""
