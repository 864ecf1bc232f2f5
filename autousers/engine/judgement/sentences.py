"""Facts in words: a clause with its number, and a place where it was found."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from autousers.engine.judgement.severity import Agent
from autousers.observation.facts import Fact, Observation

NO_BROWSER = (
    "No browser looked at this page: only its markup was read, so nothing is said of what styles "
    "and scripts make of it."
)
"""The first sentence of every rating from markup alone."""

_PLURALS = {"link or button": "links and buttons"}
_UNCOUNTED = frozenset({"px", "of 100", "times the font size", "of layout shift"})
_MB = 1_000_000
_PLACES_SHOWN = 3


def clause(fact: Fact, *, at_fault: bool) -> str:
    """What a fact says, without a place."""
    template = fact.kind.fault if at_fault else fact.kind.sound
    counted = partial(_counted, unit=fact.unit)
    return template.format(
        n=_plain(fact.value),
        units=counted(fact.value),
        of=counted(fact.of or 0),
        worst=_worst(fact),
    )


def place(fact: Fact, agent: Agent) -> str:
    """One of the worst places, by the agent; empty when there is none."""
    shown = [one for one in fact.places[:_PLACES_SHOWN] if one.selector or one.text]
    if not shown:
        return ""
    chosen = shown[agent.choose(f"place {fact.id}", len(shown))]
    where = chosen.selector
    if chosen.value is not None and fact.kind.place_unit:
        where = f"{where}, {_with(chosen.value, fact.kind.place_unit)}"
    if chosen.text:
        return f"for example “{_short(chosen.text)}” ({where})" if where else _quoted(chosen.text)
    return f"for example {where}"


def fault(fact: Fact, observation: Observation, agent: Agent) -> str:
    """A fault with number, place, and the picture that shows it."""
    shown = [clause(fact, at_fault=True), place(fact, agent)]
    shown += [f"picture {one.artifact}" for one in observation.pictures if one.fact == fact.id][:1]
    return ", ".join(part for part in shown if part)


def topic(fact_id: str) -> str:
    """What a fact is called in a sentence."""
    return fact_id.replace("-", " ")


def not_measured(fact_ids: Sequence[str], reasons: Mapping[str, str]) -> str:
    """What was not measured and why, facts with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for name in fact_ids:
        by_reason.setdefault(reasons.get(name, ""), []).append(topic(name))
    told = [
        ", ".join(names) + (f" ({one_line(reason)})" if reason else "")
        for reason, names in by_reason.items()
    ]
    return f"Not measured: {'; '.join(told)}." if told else ""


def listed(clauses: Iterable[str]) -> str:
    """Clauses as one sentence."""
    text = "; ".join(clauses)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def one_line(text: str) -> str:
    """Untrusted text, made printable."""
    return "".join(char for char in text if char.isprintable())


def _worst(fact: Fact) -> str:
    if not fact.places or fact.places[0].value is None:
        return "not known"
    return _with(fact.places[0].value, fact.kind.place_unit)


def _with(value: float, unit: str) -> str:
    return f"{_plain(value)}{unit}" if unit.startswith(":") else f"{_plain(value)} {unit}"


def _counted(number: float, unit: str) -> str:
    """`1 link`, `2 links`, `1.4 MB`, `35 %`."""
    if unit == "byte":
        return f"{number / _MB:.1f} MB" if number >= _MB else f"{max(round(number / 1000), 1)} kB"
    if unit in _UNCOUNTED or unit == "%" or number == 1:
        return f"{_plain(number)} {unit}"
    return f"{_plain(number)} {_PLURALS.get(unit, f'{unit}s')}"


def _plain(number: float) -> str:
    if number == int(number):
        return f"{int(number):,}"
    return f"{number:.2f}".rstrip("0").rstrip(".") if abs(number) < 10 else f"{number:,.0f}"


def _quoted(text: str) -> str:
    return f"for example “{_short(text)}”"


def _short(text: str, limit: int = 60) -> str:
    return f"{text[: limit - 1]}…" if len(text) > limit else text
