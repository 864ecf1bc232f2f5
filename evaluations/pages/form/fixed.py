"""The sections of a study that cannot change now, each with the reason."""

from evaluations.models import Evaluation, EvaluationStatus
from evaluations.rest.evaluation_views import ADMIN_FIELDS
from teams.models import Role

#: Sections whose fields are those of a draft.
DRAFTED = ("designs", "questions", "looks", "method", "autousers")

RUNNING = "Fixed while the study is running. End it to change this."
ARCHIVED = "Fixed while the study is archived. Restore it to change this."
RATED = "Fixed: it has ratings or runs already."
QUESTIONS_RATED = "Fixed: it has ratings already."
RESERVED = "Only an Admin of the team changes this."


def fixed_sections(study: Evaluation, role: Role | None) -> dict[str, str]:
    """The sections that the page shows without letting them be changed, and why.

    They agree with what `save_draft` and `PATCH /evaluations/{id}` refuse; a
    test compares them.
    """
    fixed: dict[str, str] = {}
    if study.ratings_count or study.run_summary["total"]:
        fixed["designs"] = RATED
    if study.ratings_count:
        fixed["questions"] = QUESTIONS_RATED
    if study.status == EvaluationStatus.RUNNING:
        fixed |= {name: RUNNING for name in DRAFTED if name != "autousers"}
    if study.status == EvaluationStatus.ARCHIVED:
        fixed |= dict.fromkeys(DRAFTED, ARCHIVED)
    if not (role and role.includes(Role.ADMIN)) and "shareAccess" in ADMIN_FIELDS:
        fixed["link"] = RESERVED
    return fixed
