"""The API of ratings and their results: views, and the shapes of their requests and replies."""
