"""The results page of a study: its figures, its charts, and what they say."""
