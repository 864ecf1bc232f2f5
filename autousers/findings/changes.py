"""What became of findings: new, still there or fixed, against an earlier study of the design.

Nothing is concluded from what was not measured: a finding is new only if the same observer measured
the fact before, and fixed only if it measured it again, each under the same conditions.
"""

from collections.abc import Mapping, Sequence

from autousers.engine.judgement.severity import severity
from autousers.findings.finding import FIXED, NEW, STILL_THERE, Finding, Key, Status
from autousers.findings.looks import Look
from autousers.observation.facts import Fact

Found = Mapping[Key, Finding]


def status_of(one: Finding, before: Sequence[Look], then: Found) -> Status:
    """Whether a finding is new; None where the earlier study did not measure the same."""
    if one.key in then or any(_is_at(look, one) for look in before):
        return STILL_THERE
    same = [look for look in before if look.key in one.looks]
    return NEW if any(_is_complete(look.seen.fact(one.fact.id)) for look in same) else None


def fixed(present: Found, then: Found, looks: Sequence[Look]) -> list[Finding]:
    """Earlier findings that are gone: measured again under every condition that had found them."""
    by_key = {look.key: look for look in reversed(looks)}  # of two the newer one
    gone = []
    for key, one in then.items():
        if key in present or any(_is_at(look, one) for look in looks):
            continue
        again = [by_key.get(look_key) for look_key in one.looks]
        if all(look and _is_complete(look.seen.fact(one.fact.id)) for look in again):
            one.status = FIXED
            gone.append(one)
    return gone


def _is_at(look: Look, one: Finding) -> bool:
    """Whether a look found this fact at this place, whatever it cost."""
    if look.seen.design != one.design:
        return False
    fact = look.seen.fact(one.fact.id)
    if fact is None or not severity(fact, look.seen.conditions):
        return False
    if one.place is None:
        return not fact.places
    return any(place.selector == one.place.selector for place in fact.places)


def _is_complete(fact: Fact | None) -> bool:
    """Whether a fact was measured, with all its places."""
    if fact is None:
        return False
    return not fact.places or fact.value <= len(fact.places)
