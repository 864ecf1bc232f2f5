"""The API of evaluations and templates: views, and the shapes of their requests and replies."""
