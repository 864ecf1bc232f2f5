#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db.utils import OperationalError


def main() -> None:
    """Run a command. What its operator has to correct is said in a line; --traceback says more."""
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, OperationalError) as error:
        if "--traceback" in sys.argv:
            raise
        hint = "" if isinstance(error, ImproperlyConfigured) else "The database cannot be used: "
        sys.exit(hint + " ".join(str(error).split()))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] != ["serve"]:
        os.environ["AUTOUSERS_METRICS_DIR"] = ""  # a command counts nothing, and leaves no file
    main()
