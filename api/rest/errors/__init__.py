"""How an exception becomes a reply, and which failures of the database are which error."""
