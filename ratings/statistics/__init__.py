"""Statistics of ratings, in pure Python: agreement of raters, means, intervals, histograms."""
