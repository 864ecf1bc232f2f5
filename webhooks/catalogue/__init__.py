"""Event types with their schemas and samples, and their section of the API document."""
