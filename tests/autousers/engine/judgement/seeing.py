"""Hand-made observations, for judging without looking."""

from autousers.observation.catalogue import CATALOGUE
from autousers.observation.facts import Conditions, Fact, Observation, Place


def fact(fact_id, value=1, *, of=None, share=None, worst=None, text="Somewhere"):
    kind = CATALOGUE[fact_id]
    places = (Place(f"#{fact_id}", text, value=worst),) if value or worst is not None else ()
    return Fact(fact_id, value, kind.bases[0], of=of, share=share, places=places)


FINE = {
    "words": 400,
    "hard-to-read": 70,
    "long-sentences": 14,
    "tight-lines": 1.5,
    "long-lines": 70,
    "many-colours": 5,
    "many-typefaces": 2,
    "many-text-sizes": 5,
    "page-weight": 300_000,
    "many-requests": 12,
    "load-time": 0.8,
    "many-elements": 300,
}


def clean():
    """Everything that can be measured, and nothing wrong with it."""
    return [
        fact(name, FINE.get(name, 0), of=20 if "{of}" in kind.fault else None)
        for name, kind in CATALOGUE.items()
    ]


def seen(*facts, base=None, observer="browser", conditions=None, **more):
    """An observation of these facts, and of what else is clean."""
    own = {one.id for one in facts}
    rest = [one for one in (clean() if base is None else base) if one.id not in own]
    return Observation(
        "https://kiosk.example/",
        observer,
        conditions or Conditions(),
        facts=(*facts, *rest),
        **more,
    )
