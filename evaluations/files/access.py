"""Who may do what with an uploaded file: the one place that says so.

Editors of a team upload to it, and Editors of a study to the team of that study. A file may be
read by its team, and by whoever may see a study that shows it. Guests have no credential: the page
of a study gives them addresses of the files that it shows, which expire.
"""

from django.db.models import Q

from api import ids
from api.exceptions import NotFound
from evaluations.models import Evaluation, File
from teams.auth.permissions import InsufficientRole
from teams.auth.principals import Principal
from teams.models import Role


class FileNotFound(NotFound):
    """The file does not exist, is not finalised, or the caller may not see it."""

    code = "file_not_found"
    message = "There is no such file."


def find_file(principal: Principal, raw_id: str, *, lock: bool = False) -> File:
    """A file that the caller may see; to be changed only one of their team, or for their study.

    Raises:
        FileNotFound: for any other; it does not tell which ids exist.
    """
    pk = ids.parse(raw_id)
    studies = Evaluation.objects.visible_to(principal).values("pk")
    seen = Q(team__in=principal.roles) | Q(evaluation__in=studies)
    if not lock:
        seen |= Q(uses__evaluation__in=studies)
    shown = File.objects.filter(seen, pk=pk).values("pk")
    rows = File.objects.select_for_update(of=("self",)) if lock else File.objects.all()
    found = rows.filter(pk__in=shown).first() if pk else None
    if found is None:
        raise FileNotFound
    return found


def require_editor_of(principal: Principal, file: File, role_in_study: Role | None) -> None:
    """Refuse a caller who is Editor neither of the team nor of the study it was uploaded for.

    Raises:
        InsufficientRole: naming the role.
    """
    roles = (principal.role_in(file.team_id), role_in_study)
    if not any(role and role.includes(Role.EDITOR) for role in roles):
        raise InsufficientRole(Role.EDITOR)
