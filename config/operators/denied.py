"""Django's `handler403`. In the admin it says which permission is missing."""

from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from api.rest.errors import error_views

#: What a page of the admin needs, by the end of its name and the method.
_NEEDED = {
    ("changelist", "GET"): "view",
    ("changelist", "POST"): "change",
    ("change", "GET"): "view",
    ("change", "POST"): "change",
    ("add", "GET"): "add",
    ("add", "POST"): "add",
    ("delete", "GET"): "delete",
    ("delete", "POST"): "delete",
    ("history", "GET"): "view",
}

#: The reason for operators who have the permission of the page.
BEYOND = (
    "You may not do this. The row holds more rights than you do, or your own rights ended while "
    "you used this page."
)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refuse; in the admin, name the missing permission if no other reason is given."""
    match = request.resolver_match
    if str(exception) or match is None or match.app_name != "admin":
        return error_views.permission_denied(request, exception)
    return error_views.permission_denied(
        request, PermissionDenied(_reason(request, match.url_name))
    )


def _reason(request: HttpRequest, page: str | None) -> str:
    app, _, rest = (page or "").partition("_")
    model, _, action = rest.partition("_")
    needed = _NEEDED.get((action, request.method or ""))
    if needed is None:
        return BEYOND
    if request.user.has_perm(f"{app}.{needed}_{model}"):
        return BEYOND
    return _lacks(f"{app}.{needed}_{model}", _name_of(app, f"{needed}_{model}"))


def _lacks(permission: str, name: str) -> str:
    return f"You lack the permission “{name}” ({permission}). A superuser can give it to you."


def _name_of(app: str, codename: str) -> str:
    found = Permission.objects.filter(content_type__app_label=app, codename=codename)
    return found.values_list("name", flat=True).first() or codename
