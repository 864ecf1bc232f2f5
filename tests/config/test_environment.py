"""`.env.example` lists what the settings read: all of it, and nothing else."""

import re
from pathlib import Path

from django.conf import settings

READ = re.compile(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"')
LISTED = re.compile(r"^#?([A-Z_]+)=", re.MULTILINE)


class TestEnvExample:
    def test_it_lists_every_variable_once(self):
        root = Path(settings.BASE_DIR)
        read = READ.findall((root / "config" / "settings.py").read_text())
        listed = LISTED.findall((root / ".env.example").read_text())

        assert sorted(listed) == sorted(set(read))
