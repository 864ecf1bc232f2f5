"""The API of autousers: views, and the shapes of their requests and replies."""
