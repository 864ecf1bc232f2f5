"""The engines that run an autouser, by the name that the setting `AUTOUSERS_ENGINE` knows."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from django.conf import settings

from api.outbound.getter import Getter
from api.outbound.policy import address_policy
from autousers.engine.audit.engine import AuditEngine
from autousers.engine.fake import FakeEngine
from autousers.engine.fetch import Limits
from autousers.engine.markup.engine import MarkupEngine
from autousers.engine.protocol import Engine


def _make_getter(while_waiting: Callable[[], None]) -> Getter:
    """A client with the address guard of this installation."""
    return Getter(
        policy=address_policy(), ca_bundle=settings.CA_BUNDLE, while_waiting=while_waiting
    )


def _limits() -> Limits:
    """The limits of a run, with the deadline of this installation."""
    return replace(Limits(), run_seconds=settings.ENGINE_DEADLINE)


def _audit() -> Engine:
    return AuditEngine(make_getter=_make_getter, limits=_limits())


def _markup() -> Engine:
    return MarkupEngine(make_getter=_make_getter, limits=_limits())


ENGINES: dict[str, Callable[[], Engine]] = {
    "audit": _audit,
    "markup": _markup,
    "fake": FakeEngine,
}
"""How each engine is made."""


def get_engine(name: str | None = None) -> Engine:
    """The engine of that name, or the one that is set; KeyError when there is none."""
    return _made(name or settings.ENGINE)


@lru_cache
def _made(name: str) -> Engine:
    """One is made per process, and used by all its runs."""
    return ENGINES[name]()
