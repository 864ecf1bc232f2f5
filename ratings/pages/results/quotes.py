"""What raters wrote of one design, the newest first, a part at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from api import ids
from evaluations.models import Comparison
from ratings.insights.words import named
from ratings.models import RaterType, Rating
from ratings.pages.results.marks import PERSON, name_of_rater
from ratings.reports.verdicts import OVERALL

#: Quotes on one page.
SHOWN = 10


@dataclass(frozen=True)
class Quote:
    """What one rating says in words."""

    id: str
    name: str
    is_person: bool
    is_guest: bool
    agent: str
    run: str | None
    overall: str
    texts: Sequence[tuple[str, str]]
    """The name of the question, or nothing, and the text."""
    swapped: bool
    """Whether the rater's A is the study's B."""

    @property
    def initials(self) -> str:
        """One or two letters that stand for the rater."""
        parts = [part for part in self.name.split() if part[0].isalnum()] or ["?"]
        return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


@dataclass(frozen=True)
class Quotes:
    """One part of what was written, and where the next one begins."""

    rows: Sequence[Quote]
    older: str | None
    is_first: bool


def quotes_of(
    comparison: Comparison,
    names: Mapping[str, str],
    before: str,
    *,
    minimum: float,
    with_people: bool,
) -> Quotes:
    """What raters wrote of a comparison; `names` are those of the dimensions. One query.

    Without people only autousers speak: people were told that their words are for the team.
    """
    place = ids.parse(before)
    written = (Q(justification__isnull=False) & ~Q(justification="")) | (
        Q(open_text_responses__isnull=False) & ~Q(open_text_responses={})
    )
    ratings = Rating.objects.filter(written, comparison=comparison).valid()
    if not with_people:
        ratings = ratings.filter(rater_type=RaterType.AUTOUSER)
    if place:
        ratings = ratings.filter(pk__lt=place)
    columns = (
        "pk", "rater", "rater_type", "public_rater_id", "autouser_run_id", "justification",
        "open_text_responses", "dimension_ratings", "presentation",
    )  # fmt: skip
    rows: Any = ratings.order_by("-pk").values(*columns, name=name_of_rater())[: SHOWN + 1]
    found = [_quote(row, names, minimum) for row in rows]
    older = found[SHOWN - 1].id if len(found) > SHOWN else None
    return Quotes(found[:SHOWN], older, is_first=not place)


def _quote(row: Mapping[str, Any], names: Mapping[str, str], minimum: float) -> Quote:
    is_person = row["rater_type"] == RaterType.HUMAN
    texts = [("", row["justification"])] if row["justification"] else []
    for key, text in (row["open_text_responses"] or {}).items():
        if isinstance(text, str) and text.strip():
            dimension = key.partition(".")[0]
            texts.append((names.get(dimension, dimension), text))
    return Quote(
        id=row["pk"],
        name=row["name"] or PERSON,
        is_person=is_person,
        is_guest=row["public_rater_id"] is not None,
        agent="" if is_person else row["rater"].rpartition(":")[2],
        run=row["autouser_run_id"],
        overall=_overall(row["dimension_ratings"], minimum),
        texts=texts,
        swapped=bool((row["presentation"] or {}).get("sidesSwapped")),
    )


def _overall(scores: Mapping[str, Any], minimum: float) -> str:
    """The score for `overall`; of a pair with the side that it prefers."""
    sent = scores.get(OVERALL)
    number = sent.get("rating") if isinstance(sent, dict) else sent
    if number is None:
        return ""
    return named(number, minimum) if minimum < 0 else f"{number:g}"
