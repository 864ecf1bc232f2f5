"""The form of a study: its fields, what a dry run forecasts, and the pages that save it."""
