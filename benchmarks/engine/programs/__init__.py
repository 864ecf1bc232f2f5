"""Programs that a measurement starts as processes of their own."""
