"""What observers saw of a design: facts, each with its number, its basis and its places."""
