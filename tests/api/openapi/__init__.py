"""The OpenAPI document, and versions of the API."""
