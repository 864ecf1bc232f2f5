"""The straightforward design: a row and a Celery task for each delivery.

As a careful Django programmer would write it: a kept HTTP session, a kept
database connection, one transaction per result.
"""
