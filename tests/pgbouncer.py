"""A PgBouncer of our own, in transaction mode, in front of the tests' PostgreSQL."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from django.db import connection

from chaos.processes import free_port, wait_until

#: Sessions that all clients share: few, so that a client seldom gets the one it had before.
SESSIONS = 3

CONFIGURATION = """
[databases]
* = host={host} port={database_port} user={user}{password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {sessions}
"""


def program() -> str:
    """Where PgBouncer is; the test is skipped where it is not installed."""
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if found is None:
        pytest.skip("needs the pgbouncer program (apt-get install pgbouncer)")
    return found


@contextmanager
def running(folder: Path, *, mode: str = "transaction") -> Iterator[int]:
    """Its port, while it runs."""
    database, port = connection.settings_dict, free_port()
    text = CONFIGURATION.format(
        host=database["HOST"] or "127.0.0.1",
        database_port=database["PORT"] or 5432,
        user=database["USER"],
        password=f" password={database['PASSWORD']}" if database["PASSWORD"] else "",
        port=port,
        mode=mode,
        sessions=SESSIONS,
    )
    if os.getuid() == 0:
        text += "user = nobody\n"  # it does not run as root
    file = folder / "pgbouncer.ini"
    file.write_text(text)
    with (folder / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen([program(), file], stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: _answers(port), 10, what="PgBouncer")
        yield port
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
        return True
    return False
