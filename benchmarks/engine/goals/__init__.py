"""The measurements, each returning rows of the table."""
