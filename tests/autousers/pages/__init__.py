"""The pages about autousers."""
