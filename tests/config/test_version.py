"""The version stands in one place, and the changelog and the admin follow it."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from config import __version__


def test_the_newest_section_of_the_changelog_is_this_version():
    changelog = (Path(settings.BASE_DIR) / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (\d+\.\d+\.\d+), \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)

    assert sections[0] == __version__


@pytest.mark.django_db
def test_operators_see_it(admin_client):
    assert f"version {__version__}" in admin_client.get("/admin/").content.decode()
