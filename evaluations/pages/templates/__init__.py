"""The pages on which templates are listed, read, made, changed, compared and deleted."""
