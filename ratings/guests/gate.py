"""The rules of a share link: access, and the data asked of a guest."""

from dataclasses import dataclass

from evaluations.models import Evaluation, ShareAccess
from ratings.guests.passes import Pass, fingerprint

#: Links that let in people without an account.
FOR_GUESTS = frozenset({ShareAccess.ANYONE_WITH_LINK, ShareAccess.PASSWORD_PROTECTED})


@dataclass(frozen=True)
class Asked:
    """The data a visitor must give before they may rate."""

    password: bool = False
    identity: bool = False
    name_required: bool = False
    email_required: bool = False

    @property
    def anything(self) -> bool:
        """Whether any data is still needed."""
        return self.password or self.identity


def is_allowed(evaluation: Evaluation) -> bool:
    """Whether the link of a study leads anywhere for people outside of its team."""
    return evaluation.share_access != ShareAccess.TEAM_ONLY


def needs_account(evaluation: Evaluation) -> bool:
    """Whether the link is for signed-in people alone."""
    return evaluation.share_access == ShareAccess.AUTOUSERS_LINK


def asked(evaluation: Evaluation, shown: Pass, *, is_known: bool) -> Asked:
    """The data still needed from a visitor; `is_known`: signed in, or a guest of the study.

    A guest who may not stay anonymous gives a name, unless the study wants an address instead.
    """
    password = evaluation.share_access == ShareAccess.PASSWORD_PROTECTED
    anonymous = evaluation.share_allow_anon or evaluation.share_require_email
    return Asked(
        password=password and shown.password != fingerprint(evaluation),
        identity=not is_known,
        name_required=evaluation.share_require_name or not anonymous,
        email_required=evaluation.share_require_email,
    )
