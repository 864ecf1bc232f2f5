"""How right autousers are: measured on pages that are made here, with known faults."""
