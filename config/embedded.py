"""The embedded default: what a fresh machine runs on when nothing is configured.

SQLite, a filesystem broker and generated secrets, all below one `DATA_DIR`
that only its owner can read.
"""

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet

SECRETS_FILE = "secrets.json"


def prepare(data_dir: Path) -> None:
    """Make the data directory, readable by its owner alone."""
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir.chmod(0o700)


def generated_secrets(data_dir: Path) -> dict[str, str]:
    """Read the generated secrets, making them first where there are none.

    Several processes may start at once: the file is written under a name of
    its own and linked into place, so exactly one of them wins and no reader
    ever sees half a file.
    """
    path = data_dir / SECRETS_FILE
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
