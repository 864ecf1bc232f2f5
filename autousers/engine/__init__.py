"""The engines that run an autouser, by the name that the setting `AUTOUSERS_ENGINE` knows."""

from collections.abc import Callable
from functools import lru_cache

from autousers.engine.fake import FakeEngine
from autousers.engine.protocol import Engine

ENGINES: dict[str, Callable[[], Engine]] = {
    "fake": FakeEngine,
}
"""How each engine is made."""


@lru_cache
def get_engine(name: str) -> Engine:
    """The engine of that name, made once per process; KeyError when there is none."""
    return ENGINES[name]()
