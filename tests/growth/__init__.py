"""Work grows with what was sent, and not faster: for every expression, field and parser."""
