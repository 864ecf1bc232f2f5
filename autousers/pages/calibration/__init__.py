"""The pages about the rubrics of an autouser, and about how far it agrees with people."""
