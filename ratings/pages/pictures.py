"""The picture of a design that cannot stand in a frame: the first screen that an autouser saw.

It has the address of the rater's page with `?picture=<id of the observation>`, so whoever may see
the page may see it, guests too. It is served as a picture and as nothing else.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import QuerySet
from django.http import Http404, HttpResponse

from api import ids
from autousers.models import Observation, ObservationStatus
from autousers.observation.facts import FIRST_SCREEN
from autousers.runs import artifacts
from evaluations.models import Evaluation
from ratings.designs.panes import Pane

PARAMETER = "picture"

_LIMIT = 1_000_000


def with_pictures(panes: Sequence[Pane], study: Evaluation, here: str) -> list[Pane]:
    """The panes; links with a picture, where a browser has seen the design. At most one query."""
    wanted = [pane.url for pane in panes if pane.kind == "link" and not pane.is_file]
    seen = _pictured(study, wanted) if wanted else {}
    return [
        replace(pane, picture=f"{here}?{PARAMETER}={seen[pane.url]}")
        if pane.kind == "link" and pane.url in seen
        else pane
        for pane in panes
    ]


def picture(study: Evaluation, raw_id: str) -> HttpResponse:
    """The picture of an observation of the study.

    Raises:
        Http404: when there is none.
    """
    found = _seen(study).filter(pk=ids.parse(raw_id) or "").values_list("pk", flat=True).first()
    try:
        if found is None:
            raise FileNotFoundError
        content = artifacts.read(found, FIRST_SCREEN, _LIMIT, of=artifacts.OBSERVATIONS)
    except FileNotFoundError:
        raise Http404 from None
    return HttpResponse(content, content_type="image/jpeg")


def _pictured(study: Evaluation, urls: Sequence[str]) -> dict[str, str]:
    """The id of an observation with a picture, by address: the widest window, then the newest."""
    rows = _seen(study).filter(design__in=urls).order_by("ended_at")
    found = rows.values_list("design", "pk", "files", "conditions")
    by_width = sorted(found, key=lambda row: row[3].get("width", 0))
    return {design: pk for design, pk, files, _ in by_width if FIRST_SCREEN in files}


def _seen(study: Evaluation) -> QuerySet[Observation]:
    return Observation.objects.filter(evaluation=study, status=ObservationStatus.DONE)
