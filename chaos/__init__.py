"""`make chaos`: proof that nothing is lost, whatever is killed and whenever."""
