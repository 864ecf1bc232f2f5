"""Results and agreement of an evaluation, computed from its ratings, and exports of both."""
