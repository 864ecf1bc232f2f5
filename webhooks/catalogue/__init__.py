"""What events are: their types, schemas and samples, and their section of the API document."""
