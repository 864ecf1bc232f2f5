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


def require_to_give(
    principal: Principal,
    evaluation: Evaluation,
    permission: SharePermission,
    *,
    held: Share | None,
) -> None:
    """Refuse a caller who may not give somebody a permission, or change the share they hold.

    Nobody gives a higher permission than their own, and only Admins lower a permission.

    Raises:
        InsufficientRole: naming the role that may.
    """
    role = require_role_in(principal, evaluation, needed_to_share(evaluation))
    lowers = held is not None and not permission.role.includes(held.role)
    needed = Role.ADMIN if lowers else permission.role
    if not role.includes(needed):
        raise InsufficientRole(needed, "permission")


def may_still_give(invite: Share) -> bool:
    """Whether the sender of an invite may give its permission at this moment."""
    evaluation, sender = invite.evaluation, invite.granted_by
    if sender is None or not sender.is_active:
        return False
    role = role_of_person(sender, evaluation)
    needed = (needed_to_share(evaluation), invite.role)
    return role is not None and all(map(role.includes, needed))
