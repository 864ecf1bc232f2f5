"""The pages on which autousers are listed, read, made, changed and deleted."""
