"""The menu of the operators' admin, and the state of the server on its first page.

Every figure stops counting at `MANY`, in an index of failed or waiting rows alone.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from config.health import pulse
from webhooks.models import DeliveryStatus, WebhookDelivery

MANY = 100
VIEW_DELIVERIES = "webhooks.view_webhookdelivery"

#: What a person must be allowed to see, for the problems of a subject.
NEEDED = {
    pulse.PROCESSES: "api.view_heartbeat",
    pulse.DELIVERIES: VIEW_DELIVERIES,
    pulse.RUNS: "autousers.view_autouserrun",
}

APP_ORDER = ["teams", "evaluations", "ratings", "autousers", "webhooks", "api", "auth", "admin"]
ICONS = {
    "User": "person",
    "Group": "group",
    "Team": "groups",
    "Membership": "badge",
    "Invitation": "outgoing_mail",
    "ApiKey": "key",
    "Evaluation": "quiz",
    "Comparison": "compare",
    "Template": "straighten",
    "TemplateVersion": "layers",
    "EvaluationDimension": "speed",
    "Autouser": "smart_toy",
    "Rubric": "rule",
    "CalibrationRun": "balance",
    "Rating": "grade",
    "RatingScore": "123",
    "RatingDraft": "edit_note",
    "Guest": "person_outline",
    "FrameAnswer": "web_asset",
    "AutouserRun": "play_circle",
    "RunTurn": "forum",
    "Observation": "visibility",
    "WebhookEndpoint": "webhook",
    "WebhookEvent": "bolt",
    "WebhookDelivery": "local_shipping",
    "WebhookAttempt": "replay",
    "EventCounter": "tag",
    "IdempotencyRecord": "content_copy",
    "DeletedRow": "delete",
    "EncryptionKey": "encrypted",
    "Heartbeat": "monitor_heart",
    "QuotaCounter": "speed",
    "DailyCount": "speed",
    "AccountMail": "mail",
    "KnownNetwork": "wifi",
    "RequestLog": "receipt_long",
    "RefusalCount": "block",
    "LogEntry": "history",
}


def stylesheet(request: HttpRequest) -> str:
    """Our few rules on top of the admin's own."""
    return static("api/admin.css")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu: what this person may see, with the number of failed deliveries."""
    apps = sorted(
        admin.site.get_app_list(request), key=lambda app: APP_ORDER.index(app["app_label"])
    )
    return [
        {"title": app["name"], "items": [_item(request, model) for model in app["models"]]}
        for app in apps
    ]


def _item(request: HttpRequest, model: dict[str, Any]) -> dict[str, Any]:
    item = {
        "title": model["name"],
        "link": model["admin_url"],
        "icon": ICONS.get(model["object_name"], "table"),
    }
    if model["model"] is WebhookDelivery and (failed := _several(_with(DeliveryStatus.FAILED))):
        item["badge"] = failed
    return item


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the state of the server to the first page: of each subject that this person may see."""
    seen = {subject for subject, needed in NEEDED.items() if request.user.has_perm(needed)}
    if not seen:
        return context
    context["pulse"] = now = pulse.take()
    context["problems"] = [one for one in now.problems if one.subject in seen]
    context["sees"] = {subject: subject in seen for subject in NEEDED}
    if pulse.DELIVERIES in seen:
        context["deliveries"] = {
            "failed": _several(_with(DeliveryStatus.FAILED)) or "0",
            "abandoned": _several(_with(DeliveryStatus.ABANDONED)) or "0",
            "url": reverse("admin:webhooks_webhookdelivery_changelist"),
        }
    return context


def _with(status: DeliveryStatus) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(status=status)


def _several(rows: QuerySet[WebhookDelivery]) -> str:
    """How many there are, as a text; nothing for none, and no more than `MANY`."""
    found = len(rows.order_by().values_list("pk")[:MANY])
    return f"{MANY}+" if found == MANY else str(found or "")
