"""The observer `markup`: the facts of a page that its markup alone settles.

There is no browser: scripts are not run and style sheets are not read. What depends on them is
left out, and the observation says so.
"""
