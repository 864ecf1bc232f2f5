"""Rating by hand: what a rater is shown and asked, drafts, submitting and withdrawing."""
