"""The named steps at which chaos lets processes die are places in the product's code."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

INSTALL = """
import sys
from pathlib import Path
import django

django.setup()
from chaos import steps

steps.install(Path(sys.argv[1]))
"""


def test_each_step_finds_the_function_that_it_stands_at(tmp_path):
    """In a process of its own: the places stay in the loaded modules."""
    command = [sys.executable, "-c", INSTALL, str(tmp_path)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
