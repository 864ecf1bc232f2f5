"""The settings of the tests, with the project's apps in the order that `APP_ORDER` names."""

import os

from config.settings_test import *  # noqa: F403

OURS = ("teams", "evaluations", "ratings", "autousers", "webhooks")
ORDERS = {
    "swapped": ("teams", "evaluations", "ratings", "webhooks", "autousers"),
    "reversed": tuple(reversed(OURS)),
}

others = [app for app in INSTALLED_APPS if app not in OURS]  # noqa: F405
INSTALLED_APPS = [*others, *ORDERS[os.environ["APP_ORDER"]]]
