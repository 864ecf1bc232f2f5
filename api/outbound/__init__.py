"""What every request to the outside shares: the address guard, lookups, and libcurl's strict side.

Who receives a webhook and what an autouser looks at are chosen by customers, so both are hostile.
"""
