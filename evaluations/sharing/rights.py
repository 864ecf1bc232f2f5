"""Who may share an evaluation, and with which permission."""

from evaluations.models import Evaluation, Share, SharePermission
from evaluations.studies.access import require_role_in, role_in, role_of_person
from teams.auth.permissions import InsufficientRole
from teams.auth.principals import Principal
from teams.models import Role


def needed_to_share(evaluation: Evaluation) -> Role:
    """The lowest role that may share: Editor, unless only Admins may."""
    return Role.EDITOR if evaluation.editors_can_share else Role.ADMIN


def may_share(principal: Principal, evaluation: Evaluation) -> bool:
    """Whether a caller may share an evaluation with others."""
    role = role_in(principal, evaluation)
    return role is not None and role.includes(needed_to_share(evaluation))


def require_to_share(
    principal: Principal, evaluation: Evaluation, permission: SharePermission
) -> None:
    """Refuse a caller who may not give that permission. Nobody gives more than they have.

    Raises:
        InsufficientRole: naming the role that may.
    """
    role = require_role_in(principal, evaluation, needed_to_share(evaluation))
    if not role.includes(permission.role):
        raise InsufficientRole(permission.role, "permission")


def require_to_change(
    principal: Principal, evaluation: Evaluation, share: Share, permission: SharePermission
) -> None:
    """Refuse to change a share that exists already, except for Admins and to give more.

    Raises:
        InsufficientRole: naming the role that may.
    """
    if not permission.role.includes(share.role):
        require_role_in(principal, evaluation, Role.ADMIN, param="permission")


def may_still_give(invite: Share) -> bool:
    """Whether the sender of an invite may give its permission at this moment."""
    evaluation, sender = invite.evaluation, invite.granted_by
    if sender is None or not sender.is_active:
        return False
    role = role_of_person(sender, evaluation)
    needed = (needed_to_share(evaluation), invite.role)
    return role is not None and all(map(role.includes, needed))
