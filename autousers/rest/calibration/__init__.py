"""The routes that compare autousers with people."""
