"""Links by which others read the results of a study: making, withdrawing, and following one.

A link opens for whom the link for raters opens (`shareAccess`): nobody outside of the team,
signed-in people, anyone, or who knows the password. So a study that is closed to others closes its
results with it. Whoever calls `make` and `withdraw` has locked the study's row and checked the
rights.
"""

from dataclasses import dataclass

from django.utils import timezone

from api import ids
from api.exceptions import InvalidRequest
from evaluations.models import Evaluation
from ratings.guests import gate
from ratings.models import ResultsLink
from teams.models import User

#: Links of one study that are good at the same time.
MOST_LIVE = 20


@dataclass(frozen=True)
class Ended:
    """Why a link leads nowhere any more; said to who has it."""

    reason: str


WITHDRAWN = Ended("The team has withdrawn this link.")
OVER = Ended("This link was good until {until:%-d %B %Y}.")
TEAM_ONLY = Ended("The team shows these results to nobody else at present.")


def make(*, evaluation: Evaluation, days: int, by: User) -> ResultsLink:
    """A new link.

    Raises:
        InvalidRequest: when the study is for its team alone, or has too many links.
    """
    if not gate.is_allowed(evaluation):
        raise InvalidRequest(
            "This study is for its team alone. Choose on the page Share who else may open links."
        )
    if evaluation.results_links.live().count() >= MOST_LIVE:
        raise InvalidRequest(f"There are {MOST_LIVE} links already. Withdraw one first.")
    end = timezone.now() + ResultsLink.end_after(days)
    return ResultsLink.objects.create(evaluation=evaluation, created_by=by, expires_at=end)


def withdraw(*, evaluation: Evaluation, link_id: str, by: User) -> None:
    """End a link of the study. One that has ended stays as it is."""
    links = evaluation.results_links.filter(pk=ids.parse(link_id) or "", revoked_at=None)
    links.update(revoked_at=timezone.now(), revoked_by=by)


def find(token: str) -> ResultsLink | None:
    """The link that a token was made for, with its study; None for anything else."""
    storable = token.isascii() and token.isprintable()
    pk = ResultsLink.id_in(token) if storable else None
    if pk is None:
        return None
    rows = ResultsLink.objects.select_related("evaluation__team")
    return rows.defer("evaluation__agreement_cache").filter(pk=pk).first()


def ended(link: ResultsLink) -> Ended | None:
    """Why a link leads nowhere; None for one that does."""
    if link.revoked_at is not None:
        return WITHDRAWN
    if not link.is_live:
        return Ended(OVER.reason.format(until=link.expires_at))
    return None if gate.is_allowed(link.evaluation) else TEAM_ONLY
