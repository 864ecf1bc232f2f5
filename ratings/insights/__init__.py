"""What the figures of a study say in words: its verdict, and insights without a model."""
