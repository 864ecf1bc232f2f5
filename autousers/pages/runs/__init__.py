"""The runs of a study: who ran, one run with its visit and facts, and the files of both."""
