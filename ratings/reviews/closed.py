"""Why a study cannot be rated at the moment."""

from dataclasses import dataclass

from django.utils import timezone

from evaluations.models import Evaluation, EvaluationStatus
from teams.limits import quotas
from teams.models import Meter


@dataclass(frozen=True)
class Closed:
    """A reason, as a heading and a sentence for the rater."""

    heading: str
    text: str


class Shut(Exception):
    """A change was refused because nothing can be rated any more; `reason` is for the rater."""

    def __init__(self, reason: Closed) -> None:
        super().__init__(reason.heading)
        self.reason = reason


NOT_STARTED = Closed(
    "This study has not started",
    "It is still being prepared. Come back later: the link stays the same.",
)
OVER = Closed("This study is over", "Nothing more can be rated. Thank you for coming.")
LINK_CHANGED = Closed(
    "This link does not let you in any more",
    "Its rules were changed meanwhile. Open it again to see what it asks now.",
)
EMPTY = Closed("There is nothing to rate", "This study has no designs yet. Come back later.")

_BY_STATUS = {
    EvaluationStatus.DRAFT: NOT_STARTED,
    EvaluationStatus.ENDED: OVER,
    EvaluationStatus.ARCHIVED: OVER,
}


def closed(study: Evaluation, *, by_link: bool) -> Closed | None:
    """Why nobody can rate the study now; None when they can. The end of a link closes it alone."""
    if reason := _BY_STATUS.get(EvaluationStatus(study.status)):
        return reason
    expiry = study.share_expiry
    if by_link and expiry is not None and expiry <= timezone.now():
        return Closed(
            "This study is closed",
            f"It was open until {expiry:%-d %B %Y, %H:%M} UTC. Nothing more can be rated. "
            "Thank you for coming.",
        )
    return None


def out_of_quota(study: Evaluation) -> Closed | None:
    """Why no more ratings are taken this month; None while there is quota."""
    if not quotas.is_used_up(team=study.team, meter=Meter.HUMAN_RATINGS):
        return None
    ends = quotas.Period.current().end
    return Closed(
        "No more ratings this month",
        f"The ratings by people of this team are used up. It starts anew on {ends:%-d %B}. "
        "What you have answered is kept.",
    )
