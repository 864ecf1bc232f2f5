"""Settings from the environment; invalid ones are refused in one line.

An invalid setting stops every process before logging is set up. So the process ends with a sentence
on standard error, without a traceback.
"""

import builtins
import math
import warnings
from pathlib import Path
from typing import Any, NoReturn

import environ

TRUE = frozenset({"1", "true", "yes", "on", "y", "ok"})
FALSE = frozenset({"0", "false", "no", "off", "n"})


def refuse(problem: str) -> NoReturn:
    """End the process with a message for its operator."""
    raise SystemExit(f"Autousers cannot start. {problem}")


class Env(environ.Env):
    """The environment. A number or switch without a value counts as not set."""

    def int(
        self,
        var: str,
        default: Any = 0,
        *,
        least: builtins.int = 0,
        most: builtins.int = 2**31,
    ) -> builtins.int:
        """A whole number within bounds."""
        text = self.str(var, "").strip()
        try:
            number = builtins.int(text or default)
        except ValueError:
            refuse(f"{var}={text!r} is not a whole number.")
        if not least <= number <= most:
            refuse(f"{var}={text!r} is not between {least} and {most}.")
        return number

    def float(self, var: str, default: Any = 0.0, *, least: builtins.float = 0.0) -> builtins.float:
        """A number that is not below a bound."""
        text = self.str(var, "").strip()
        try:
            number = builtins.float(text or default)
        except ValueError:
            refuse(f"{var}={text!r} is not a number.")
        if not math.isfinite(number) or number < least:
            refuse(f"{var}={text!r} is not a number of at least {least}.")
        return number

    def bool(self, var: str, default: Any = False) -> builtins.bool:
        """A switch."""
        text = self.str(var, "").strip().lower()
        if text and text not in TRUE | FALSE:
            refuse(f"{var}={text!r} is neither on nor off.")
        return text in TRUE if text else builtins.bool(default)

    def word(self, var: str, default: str, words: tuple[str, ...]) -> str:
        """One of a few words."""
        text = str(self.str(var, "")).strip() or default
        if text not in words:
            refuse(f"{var}={text!r} is none of {', '.join(words)}.")
        return text

    def database(self, var: str) -> dict[str, Any]:
        """The address of a database. It is not repeated: it may hold a password."""
        found: dict[str, Any]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it would show the password
                found = self.db(var)
        except (ValueError, KeyError, environ.ImproperlyConfigured):
            found = {}
        if "." not in found.get("ENGINE", ""):  # an unknown scheme is returned unchanged
            refuse(f"{var} is not the address of a database: postgres://USER@HOST:5432/NAME")
        return found

    def read(self, named: str, default: Path) -> None:
        """Read the file of variables: the named one, or the default where there is such a file.

        `read_env` ignores a file that it cannot read. The server would then start without its
        DATABASE_URL, on another database.
        """
        path = Path(named or default)
        if not named and not path.exists():
            return
        try:
            path.read_text(encoding="utf-8")
        except OSError as error:
            refuse(f"The file {path} cannot be read: {error.strerror}.")
        except UnicodeDecodeError:
            refuse(f"The file {path} is not text in UTF-8.")
        self.read_env(str(path))
