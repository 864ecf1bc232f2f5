"""The rubric: from the facts of an observation to the rating of a persona."""
