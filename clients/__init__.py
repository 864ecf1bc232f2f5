"""Clients made from the OpenAPI document by other people's generators: `make clients`."""
