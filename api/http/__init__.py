"""HTTP as every route meets it: addresses, bodies, headers and the envelope of errors."""
