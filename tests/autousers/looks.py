"""Studies whose runs rest on given facts, without a browser: for tests of findings and pages."""

from typing import Any

from django.utils import timezone

from autousers.models import AutouserRun, Observation
from autousers.observation import facts
from autousers.observation.facts import Box, Conditions, Fact, Picture, Place
from autousers.runs import artifacts
from ratings.models import Rating
from tests.autousers.running import DESIGN, make_study, queue, work

LOW = "score=2"
URL = f"{DESIGN}?{LOW}"
PHONE = Conditions(width=390, height=844, touch=True)
PAGE = Picture("page.jpg", "whole page", part=Box(0, 0, 1280, 2400))
PICTURE = b"\xff\xd8\xff a picture"


def labels(*selectors: str, more: int = 0) -> Fact:
    """Form fields without a label, at places one below the other."""
    places = tuple(
        Place(one, one.title(), Box(40, 100 + 60 * number, 200, 30))
        for number, one in enumerate(selectors)
    )
    return Fact("fields-without-label", len(places) + more, "axe rule", of=9, places=places)


def seen(*of: Fact, conditions: Conditions | None = None, url: str = URL, **more: Any) -> Any:
    """What a browser saw of a design."""
    more.setdefault("pictures", (PAGE,))
    return facts.Observation(url, "browser", conditions or Conditions(), facts=of, **more)


def observed(study_id: str, look: facts.Observation, **values: Any) -> Observation:
    """A row of an observation that is over, with its pictures kept."""
    files = [one.artifact for one in look.pictures]
    row = Observation.objects.create(
        evaluation_id=study_id,
        key=str(id(look)),
        design=look.design,
        observer=look.observer,
        conditions=look.conditions.to_json(),
        ended_at=timezone.now(),
        **{"status": "done", "facts": look.to_json(), "files": files, **values},
    )
    for name in files:
        artifacts.keep(row.pk, name, PICTURE, of=artifacts.OBSERVATIONS)
    return row


def rated(api: Any, *looks: facts.Observation, script: str = LOW, **body: Any) -> dict[str, Any]:
    """A study whose runs used these looks; each autouser used all of them."""
    body = {"selectedDimensionIds": ["accessibility", "trust"], **body}
    study = make_study(api, script, **body)
    queue(api, study)
    work()
    for look in looks:
        row = observed(study["id"], look)
        for run in AutouserRun.objects.filter(evaluation_id=study["id"]):
            run.observations.add(row)
    return study


def justify(text: str, **factors: list[str]) -> None:
    """Give all ratings these words, and what they quote."""
    Rating.objects.update(justification=text, factors=factors)
