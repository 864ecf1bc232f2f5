"""The pages on which people share a study, accept an invitation, and ask for access."""
