"""Improve a rubric: propose one from disagreements, or store a text written by a person."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from api.exceptions import InvalidRequest
from autousers.calibration import proposals
from autousers.calibration.proposals import Disagreement
from autousers.models import Autouser, CalibrationRun, Rubric
from autousers.personas import rubrics
from autousers.personas.rubrics import CRITERIA_LIMIT, MESSAGE_LIMIT
from ratings.models import Rating
from teams.models import User

NOTHING_LEFT = "Nothing to change: no score differs."
NO_LEANING = "Nothing to change: scores differ, but in no direction. The rationale quotes them."
UNCHANGED = "Nothing to change: the rubric says this already."
FIRST = "A first rubric: the autouser has no active one."
STAYS_DRAFT = "The autouser is frozen: the new version is a draft until it is frozen or active."


class NoCalibration(InvalidRequest):
    """The autouser has no calibration, and the request contains no disagreements."""

    code = "no_calibration"
    message = "There is no calibration to go by. Start one, or send disagreements."

    def __init__(self) -> None:
        super().__init__(param="disagreements")


class UnknownRatings(InvalidRequest):
    """Entries without a dimension or a score have a `ratingId` that is no rating by the
    autouser.
    """

    code = "unknown_ratings"

    def __init__(self, places: list[int]) -> None:
        named = ", ".join(f"disagreements.{place}" for place in places[:MOST_NAMED])
        more = len(places) - MOST_NAMED
        super().__init__(
            f"No rating by this autouser has the ratingId of {named}"
            f"{f' and {more} more' if more > 0 else ''}. Send the ids of its ratings, or entries "
            "with dimensionId, autouserScore and humanScore.",
            param=f"disagreements.{places[0]}.ratingId",
        )


class RubricTooLong(InvalidRequest):
    """The rubric and the proposed notes together are too long."""

    code = "rubric_too_long"
    message = f"With the notes the rubric exceeds {CRITERIA_LIMIT:,} characters. Shorten it first."


#: Most entries listed in an error message.
MOST_NAMED = 5


@dataclass(frozen=True)
class Optimisation:
    """A proposed rubric, and its stored version, if any."""

    summary: str
    rubric_diff: str = ""
    rationale: list[str] = field(default_factory=list)
    bias_assessment: str = ""
    caveats: list[str] = field(default_factory=list)
    estimated_improvement: str = ""
    stored: Rubric | None = None

    @property
    def applied(self) -> bool:
        """Whether it was stored as a new version."""
        return self.stored is not None

    @property
    def rubric_id(self) -> str | None:
        """The new version."""
        return self.stored.pk if self.stored else None


def optimise(*, autouser: Autouser, author: User, values: dict[str, Any]) -> Optimisation:
    """Propose a better rubric for an autouser whose row is locked, and store it if asked to.

    Without a rubric the proposal is a first one, and needs nothing to go by.

    A text sent as `manualRubricEdit` is stored as it is, unless `apply` is
    false. A stored version becomes the active one, unless the autouser is
    frozen: then it is a draft.

    Raises:
        NoCalibration: without anything to go by.
        UnknownRatings: when entries that were sent say nothing and match no rating.
        RubricTooLong: when the proposal cannot be stored.
    """
    edit = values.get("manual_rubric_edit", "")
    if edit.strip():
        return _replace(autouser, author, edit, apply=values.get("apply", True))
    stored = _stored_disagreements(autouser)
    if "disagreements" in values:
        sent = values["disagreements"]
    elif stored is None and autouser.active_rubric_id is not None:
        raise NoCalibration
    else:
        sent = stored or []
    usable, skipped = _usable(autouser, sent, stored or [])
    return _propose(autouser, author, usable, skipped, apply=values.get("apply", False))


def _stored_disagreements(autouser: Autouser) -> list[dict[str, Any]] | None:
    """The disagreements of the last calibration; None without a calibration."""
    runs = CalibrationRun.objects.filter(autouser=autouser).order_by("-created_at", "-pk")
    return runs.values_list("disagreements", flat=True).first()


def _usable(
    autouser: Autouser, sent: Iterable[dict[str, Any]], stored: Iterable[dict[str, Any]]
) -> tuple[list[Disagreement], int]:
    """What was sent, without what is excluded; and how many ratings differ nowhere.

    Missing values of an entry are taken from the last calibration. Without a
    dimension it means all that is known of its rating, once: entries times
    dimensions would be more work than was sent.
    """
    known: dict[str, dict[str, dict[str, Any]]] = {}
    for one in stored:
        known.setdefault(one["ratingId"], {})[one["dimensionId"]] = one
    usable: list[Disagreement] = []
    empty: dict[int, str] = {}
    meant_as_a_whole: set[str] = set()
    for place, one in enumerate(sent):
        rating, dimension = one["ratingId"], one.get("dimensionId")
        if one.get("exclude") or (dimension is None and rating in meant_as_a_whole):
            continue
        if dimension is None:
            meant_as_a_whole |= {rating} & known.keys()
            same = list(known.get(rating, {}).values())
        else:
            same = [entry] if (entry := known.get(rating, {}).get(dimension)) else []
        whole = [found for entry in same or [{}] if (found := _disagreement({**entry, **one}))]
        usable += whole
        if not whole:
            empty[place] = rating
    _refuse_unknown(autouser, empty)
    return usable, len(empty)


def _refuse_unknown(autouser: Autouser, ratings: dict[int, str]) -> None:
    """Refuse entries whose rating is not by the autouser; the error lists their positions."""
    given = Rating.objects.filter(autouser=autouser, pk__in=ratings.values())
    theirs = set(given.values_list("pk", flat=True)) if ratings else set()
    if unknown := [place for place, rating_id in ratings.items() if rating_id not in theirs]:
        raise UnknownRatings(unknown)


def _disagreement(entry: dict[str, Any]) -> Disagreement | None:
    if not {"dimensionId", "autouserScore", "humanScore"} <= set(entry):
        return None
    return Disagreement(
        dimension_id=entry["dimensionId"],
        autouser_score=entry["autouserScore"],
        human_score=entry["humanScore"],
        reasoning=entry.get("humanReasoning", ""),
    )


def _propose(
    autouser: Autouser, author: User, usable: list[Disagreement], skipped: int, *, apply: bool
) -> Optimisation:
    base = rubrics.active_rubric(autouser)
    before = base.criteria_text if base else ""
    found = proposals.leanings(usable)
    after = proposals.with_notes(before if base else proposals.FIRST_TEXT, found)
    leaning = [one for one in found if one.leans]
    caveats = proposals.caveats(found) if found else []
    if skipped:
        caveats.append(f"Left out, because the last calibration found no difference: {skipped}.")
    if after == before:
        summary = UNCHANGED if leaning else NO_LEANING if found else NOTHING_LEFT
        return Optimisation(summary, rationale=proposals.rationale(found), caveats=caveats)
    summary = _summary(base, [one.dimension_id for one in leaning])
    if apply and len(after) > CRITERIA_LIMIT:
        raise RubricTooLong
    return Optimisation(
        summary=summary,
        rubric_diff=_diff(base, after),
        rationale=proposals.rationale(found),
        bias_assessment=" ".join(one.sentence for one in found[: proposals.MOST_NOTES]),
        caveats=[*caveats, *_about_storing(autouser, apply)],
        estimated_improvement=proposals.improvement(found) if leaning else "",
        stored=_store(autouser, author, base, after, summary) if apply else None,
    )


def _summary(base: Rubric | None, dimensions: list[str]) -> str:
    """One sentence on what a proposal changes."""
    notes = f"Note the autouser's leaning on {', '.join(dimensions[:5])}"
    notes += f" and {len(dimensions) - 5} more." if len(dimensions) > 5 else "."
    return " ".join([*([] if base else [FIRST]), *([notes] if dimensions else [])])


def _replace(autouser: Autouser, author: User, text: str, *, apply: bool) -> Optimisation:
    base = rubrics.active_rubric(autouser)
    if base is not None and base.criteria_text == text:
        return Optimisation(UNCHANGED)
    summary = "The rubric, as it was edited by hand."
    return Optimisation(
        summary=summary,
        rubric_diff=_diff(base, text),
        rationale=["The text is taken as it was sent; no disagreement was looked at."],
        caveats=_about_storing(autouser, apply),
        stored=_store(autouser, author, base, text, summary) if apply else None,
    )


def _about_storing(autouser: Autouser, apply: bool) -> list[str]:
    return [STAYS_DRAFT] if apply and autouser.is_frozen else []


def _diff(base: Rubric | None, after: str) -> str:
    names = (base.label if base else "no rubric", "proposal")
    return proposals.difference(base.criteria_text if base else "", after, names=names)


def _store(
    autouser: Autouser, author: User, base: Rubric | None, text: str, summary: str
) -> Rubric:
    values: dict[str, Any] = {"criteria_text": text, "commit_message": summary[:MESSAGE_LIMIT]}
    if base is not None:
        values |= {"name": base.name, "dimension_id": base.dimension_id}
    return rubrics.add_rubric(
        autouser=autouser, author=author, values=values, activate=not autouser.is_frozen
    )
