"""Templates: the dimensions that designs are rated on, their versions and their scales."""
