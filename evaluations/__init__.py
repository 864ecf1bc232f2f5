"""Evaluations of designs, and the templates of the dimensions they are rated on."""
