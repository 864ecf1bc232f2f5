"""The findings of a study: ranked, filtered, compared with an earlier study, for tickets."""
