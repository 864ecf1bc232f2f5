"""What events are: their types, schemas and samples, and the documents made from them."""
