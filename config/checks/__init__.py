"""System checks of the configuration, each with an id.

`manage.py` runs them before a command. Web servers, workers and schedulers run
none of their own; they call `refuse_if_misconfigured` as they start.
"""

from config.checks import files, network, people, production, secrets, values  # noqa: F401 - they register
from config.checks.refusing import TAG, refuse_if_misconfigured

__all__ = ["TAG", "refuse_if_misconfigured"]
