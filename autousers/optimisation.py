"""Improving a rubric: by a proposal from disagreements, or by a text that somebody wrote."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from api.exceptions import InvalidRequest
from autousers import proposals, rubrics
from autousers.models import Autouser, CalibrationRun, Rubric
from autousers.proposals import Disagreement
from autousers.rubrics import CRITERIA_LIMIT, MESSAGE_LIMIT
from teams.models import User

NOTHING_LEFT = "Nothing to change: no score differs."
NO_LEANING = "Nothing to change: scores differ, but in no direction. The rationale quotes them."
UNCHANGED = "Nothing to change: the rubric says this already."
STAYS_DRAFT = "The autouser is frozen: the new version is a draft until it is frozen or active."


class NoCalibration(InvalidRequest):
    """The autouser was never calibrated, and no disagreements were sent to go by."""

    code = "no_calibration"
    message = "There is no calibration to go by. Start one, or send disagreements."

    def __init__(self) -> None:
        super().__init__(param="disagreements")


class RubricTooLong(InvalidRequest):
    """With the proposed notes the rubric would be longer than a rubric may be."""

    code = "rubric_too_long"
    message = f"With the notes the rubric exceeds {CRITERIA_LIMIT:,} characters. Shorten it first."


@dataclass(frozen=True)
class Optimisation:
    """What an optimisation proposes, and the version it was stored as, if it was."""

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

    A text sent as `manualRubricEdit` is stored as it is, unless `apply` is
    false. A stored version becomes the active one, unless the autouser is
    frozen: then it is a draft.

    Raises:
        NoCalibration: without anything to go by.
        RubricTooLong: when the proposal cannot be stored.
    """
    edit = values.get("manual_rubric_edit", "")
    if edit.strip():
        return _replace(autouser, author, edit, apply=values.get("apply", True))
    stored = _stored_disagreements(autouser)
    if "disagreements" in values:
        sent = values["disagreements"]
    elif stored is None:
        raise NoCalibration
    else:
        sent = stored
    usable, skipped = _usable(sent, stored or [])
    return _propose(autouser, author, usable, skipped, apply=values.get("apply", False))


def _stored_disagreements(autouser: Autouser) -> list[dict[str, Any]] | None:
    """Those of the last calibration; None when there was none."""
    runs = CalibrationRun.objects.filter(autouser=autouser).order_by("-created_at", "-pk")
    return runs.values_list("disagreements", flat=True).first()


def _usable(
    sent: Iterable[dict[str, Any]], stored: Iterable[dict[str, Any]]
) -> tuple[list[Disagreement], int]:
    """What was sent, without what is excluded; and how many lack a score that is known nowhere.

    What an entry leaves out is taken from the last calibration. Without a
    dimension it means all that is known of its rating.
    """
    known: dict[str, list[dict[str, Any]]] = {}
    for one in stored:
        known.setdefault(one["ratingId"], []).append(one)
    usable, skipped = [], 0
    for one in sent:
        if one.get("exclude"):
            continue
        same = [
            entry
            for entry in known.get(one["ratingId"], [])
            if one.get("dimensionId", entry["dimensionId"]) == entry["dimensionId"]
        ]
        whole = [found for entry in same or [{}] if (found := _disagreement({**entry, **one}))]
        usable += whole
        skipped += not whole
    return usable, skipped


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
    after = proposals.with_notes(before, found)
    leaning = [one for one in found if one.leans]
    caveats = proposals.caveats(found) if found else []
    if skipped:
        caveats.append(f"Left out, because a score or the dimension is missing: {skipped}.")
    if after == before:
        summary = UNCHANGED if leaning else NO_LEANING if found else NOTHING_LEFT
        return Optimisation(summary, rationale=proposals.rationale(found), caveats=caveats)
    summary = f"Note the autouser's leaning on {', '.join(one.dimension_id for one in leaning[:5])}"
    summary += f" and {len(leaning) - 5} more." if len(leaning) > 5 else "."
    if apply and len(after) > CRITERIA_LIMIT:
        raise RubricTooLong
    return Optimisation(
        summary=summary,
        rubric_diff=_diff(base, after),
        rationale=proposals.rationale(found),
        bias_assessment=" ".join(one.sentence for one in found[: proposals.MOST_NOTES]),
        caveats=[*caveats, *_about_storing(autouser, apply)],
        estimated_improvement=proposals.improvement(found),
        stored=_store(autouser, author, base, after, summary) if apply else None,
    )


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
