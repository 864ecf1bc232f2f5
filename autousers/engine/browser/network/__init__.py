"""The proxy of a visit, which applies the address guard to every connection."""
