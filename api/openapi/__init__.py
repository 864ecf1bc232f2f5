"""The OpenAPI document: what operations share, examples, and the route that serves it."""
