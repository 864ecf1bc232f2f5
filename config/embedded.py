"""The embedded default, for machines without configuration.

SQLite, a filesystem broker and generated secrets, all below one `DATA_DIR`
that only its owner can read.
"""

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import IO, NoReturn

from cryptography.fernet import Fernet

from config.environment import refuse

SECRETS_FILE = "secrets.json"


def prepare(data_dir: Path) -> None:
    """Make the data directory, readable by its owner alone."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        data_dir.chmod(0o700)
    except OSError as error:
        _refuse(data_dir, error)


def claim(data_dir: Path) -> IO[str]:
    """Make sure that no other server runs on a data directory, as long as the file is open.

    The lock ends with its process.
    """
    file = (data_dir / "server.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        refuse(
            f"Another server (process {file.read().strip()}) runs on DATA_DIR={data_dir}. "
            "Stop that one, or choose another folder: make run DATA_DIR=…"
        )
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def generated_secrets(data_dir: Path) -> dict[str, str]:
    """Read the generated secrets, making them first where there are none.

    Several processes may start at once: the file is written under a name of
    its own and linked into place, so exactly one of them wins and no reader
    ever sees half a file.
    """
    path = data_dir / SECRETS_FILE
    try:
        found = _secrets(path)
        return {name: found[name] for name in ("SECRET_KEY", "KEY")}
    except OSError as error:
        _refuse(data_dir, error)
    except (ValueError, KeyError, TypeError):
        refuse(f"{path} is damaged. Restore it from a backup of DATA_DIR.")


def _refuse(data_dir: Path, error: OSError) -> NoReturn:
    refuse(f"DATA_DIR={data_dir} cannot be used: {error.strerror}. Choose another folder.")


def _secrets(path: Path) -> dict[str, str]:
    data_dir = path.parent
    if not path.exists():
        prepare(data_dir)
        fresh = {"SECRET_KEY": secrets.token_urlsafe(50), "KEY": Fernet.generate_key().decode()}
        draft = data_dir / f".{SECRETS_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(fresh, file)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded
