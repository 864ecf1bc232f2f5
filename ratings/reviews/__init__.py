"""Rating by people: comparisons, questions, drafts, submitting and withdrawing."""
