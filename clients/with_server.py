"""Run a command beside a web server of its own: `python -m clients.with_server COMMAND…`.

AUTOUSERS_URL and AUTOUSERS_KEY tell the command where the server is and who it may be.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.real_server import serving


def main(command: list[str]) -> int:
    """Start, run, stop; the exit code is the command's."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        address = {
            "AUTOUSERS_URL": f"http://127.0.0.1:{server.port}/api/v1",
            "AUTOUSERS_KEY": server.token,
            "PYTHONPATH": "clients/generated",
        }
        return subprocess.run(command, env={**os.environ, **address}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
