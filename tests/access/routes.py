"""Every operation, as a request that succeeds for whoever may make it.

A path names the things of the world it is about (`world.py`) in braces.
"""

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.files.samples import png

DESIGN = {"url": "https://example.com/kiosk"}
PERSONA = {"name": "Night-shift nurse", "systemPrompt": "You are tired and in a hurry."}
TEMPLATE = {"name": "Signage", "description": "Can one find the way?"}

#: Operations that take a form: how to make its fields.
FORMS: dict[tuple[str, str], Callable[[], dict[str, Any]]] = {
    ("POST", "files"): lambda: {"file": SimpleUploadedFile("a.png", png())},
}

#: (method, path below /api/v1): the body, where one is needed.
REQUESTS: dict[tuple[str, str], Any] = {
    ("GET", "auth/whoami"): None,
    ("GET", "usage"): None,
    ("GET", "link-preview"): None,  # refused for want of a url, once the caller may ask
    ("GET", "api-keys"): None,
    ("POST", "api-keys"): {"name": "tour", "scopes": ["evaluations:read"]},
    ("PATCH", "api-keys/{key}"): {"name": "renamed"},
    ("DELETE", "api-keys/{key}"): None,
    ("GET", "teams"): None,
    ("POST", "teams"): {"name": "Second crew"},
    ("GET", "teams/{team}"): None,
    ("PATCH", "teams/{team}"): {"name": "Renamed"},
    ("DELETE", "teams/{team}"): None,
    ("POST", "teams/{team}/leave"): {},
    ("POST", "teams/{team}/transfer-admin"): {"newOwnerId": "{member}"},
    ("GET", "teams/{team}/members"): None,
    ("POST", "teams/{team}/members"): {"email": "new@example.org", "role": "Viewer"},
    ("POST", "teams/{team}/members/accept"): {},
    ("PATCH", "teams/{team}/members/{member}"): {"role": "Viewer"},
    ("DELETE", "teams/{team}/members/{member}"): None,
    ("GET", "evaluations"): None,
    ("POST", "evaluations"): {"name": "Ticket kiosk", "designUrls": [DESIGN]},
    ("GET", "evaluations/{evaluation}"): None,
    ("PATCH", "evaluations/{evaluation}"): {"name": "Renamed"},
    ("DELETE", "evaluations/{evaluation}"): None,
    ("PATCH", "evaluations/{draft}/draft"): {"name": "Renamed"},
    ("POST", "evaluations/{evaluation}/transfer"): {"userId": "{colleague}"},
    ("GET", "evaluations/{evaluation}/shares"): None,
    ("POST", "evaluations/{evaluation}/shares"): {"userId": "{colleague}"},
    ("PATCH", "evaluations/{evaluation}/shares/{share}"): {"permission": "EDITOR"},
    ("DELETE", "evaluations/{evaluation}/shares/{share}"): None,
    ("GET", "evaluations/{evaluation}/invites"): None,
    ("POST", "evaluations/{evaluation}/invites"): {"email": "new@example.org"},
    ("PATCH", "evaluations/{evaluation}/invites/{invite}"): {"permission": "EDITOR"},
    ("DELETE", "evaluations/{evaluation}/invites/{invite}"): None,
    ("POST", "evaluations/{evaluation}/access-requests"): {},
    ("GET", "evaluations/{evaluation}/access-requests/mine"): None,
    ("POST", "evaluations/{evaluation}/access-requests/{request}/approve"): {},
    ("POST", "evaluations/{evaluation}/access-requests/{request}/decline"): {},
    ("POST", "evaluations/{evaluation}/access-requests/{request}/withdraw"): {},
    ("GET", "access-requests/inbox"): None,
    ("GET", "notifications"): None,
    ("POST", "notifications/{notification}/read"): {},
    ("POST", "evaluations/{evaluation}/run-autousers"): {},
    ("POST", "evaluations/{evaluation}/stop-autousers"): {},
    ("GET", "evaluations/{evaluation}/autouser-status"): None,
    ("GET", "evaluations/{evaluation}/autouser-stream"): None,
    ("GET", "evaluations/{evaluation}/autouser-runs/{run}"): None,
    ("GET", "evaluations/{evaluation}/autouser-runs/{run}/turns"): None,
    ("GET", "evaluations/{evaluation}/observations/{observation}"): None,
    ("GET", "evaluations/{evaluation}/observations/{observation}/files/first-screen.jpg"): None,
    ("GET", "evaluations/{evaluation}/ratings"): None,
    ("POST", "evaluations/{evaluation}/ratings"): {
        "comparisonId": "{comparison}",
        "dimensionRatings": {"overall": 4},
    },
    ("DELETE", "evaluations/{evaluation}/ratings"): {"ratingIds": ["{rating}"]},
    ("GET", "evaluations/{evaluation}/results"): None,
    ("GET", "evaluations/{evaluation}/agreement"): None,
    ("GET", "evaluations/{evaluation}/export"): None,
    ("GET", "evaluations/{evaluation}/ai-insights"): None,
    ("POST", "evaluations/{evaluation}/ai-insights"): {},
    ("GET", "evaluations/{evaluation}/agreement-insights"): None,
    ("POST", "files"): None,
    ("POST", "files/init"): {"filename": "a.png", "mimeType": "image/png", "sizeBytes": 5},
    ("POST", "files/signed-url"): {
        "evaluationId": "{evaluation}",
        "filename": "a.png",
        "contentType": "image/png",
        "size": 5,
    },
    ("GET", "files/doctor"): None,
    ("GET", "files/{file}"): None,
    ("POST", "files/{file}/finalize"): {},
    ("GET", "autousers"): None,
    ("POST", "autousers"): PERSONA,
    ("POST", "autousers/draft-from-prompt"): {"prompt": "A nurse on the night shift"},
    ("GET", "autousers/{autouser}"): None,
    ("PATCH", "autousers/{autouser}"): {"name": "Renamed"},
    ("DELETE", "autousers/{autouser}"): None,
    ("POST", "autousers/{autouser}/duplicate"): {},
    ("GET", "autousers/{autouser}/rubrics"): None,
    ("POST", "autousers/{autouser}/rubrics"): {"criteriaText": "Legible at night."},
    ("PATCH", "autousers/{autouser}/rubrics/{rubric}"): {"status": "active"},
    ("GET", "autousers/{autouser}/calibration"): None,
    ("GET", "autousers/{autouser}/calibration/status"): None,
    ("POST", "autousers/{autouser}/calibration/start"): {"evaluationId": "{evaluation}"},
    ("POST", "autousers/{autouser}/calibration/optimize"): {},
    ("POST", "autousers/{autouser}/calibration/freeze"): {},
    ("GET", "webhooks"): None,
    ("POST", "webhooks"): {"url": "https://hooks.example.com/2", "enabled_events": ["*"]},
    ("GET", "webhooks/{endpoint}"): None,
    ("PATCH", "webhooks/{endpoint}"): {"description": "Changed"},
    ("DELETE", "webhooks/{endpoint}"): None,
    ("POST", "webhooks/{endpoint}/rotate-secret"): {},
    ("POST", "webhooks/{endpoint}/test"): {},
    ("POST", "webhooks/{endpoint}/catch-up"): {},
    ("GET", "webhooks/{endpoint}/deliveries"): None,
    ("GET", "webhooks/deliveries/{delivery}"): None,
    ("POST", "webhooks/deliveries/{delivery}/retry"): {},
    ("POST", "webhooks/deliveries/bulk-retry"): {},
    ("GET", "events"): None,
    ("GET", "events/{event}"): None,
}

#: Templates and their old name have the same routes.
for _alias in ("templates", "dimensions"):
    REQUESTS |= {
        ("GET", _alias): None,
        ("POST", _alias): TEMPLATE,
        ("POST", f"{_alias}/draft-from-prompt"): {"prompt": "Signs in a station"},
        ("GET", f"{_alias}/{{template}}"): None,
        ("PATCH", f"{_alias}/{{template}}"): {"name": "Renamed"},
        ("DELETE", f"{_alias}/{{template}}"): None,
        ("POST", f"{_alias}/{{template}}/duplicate"): {},
        ("GET", f"{_alias}/{{template}}/versions"): None,
        ("GET", f"{_alias}/{{template}}/versions/{{version}}"): None,
        ("POST", f"{_alias}/{{template}}/revert"): {"versionId": "{version}"},
    }

#: What anybody may read.
PUBLIC = {("GET", "openapi.json")}


def fill(template: Any, world: dict[str, str]) -> Any:
    """Put the ids of the world where a path or a body names its things."""
    if isinstance(template, str):
        for name, value in world.items():
            template = template.replace(f"{{{name}}}", value)
        return template
    if isinstance(template, dict):
        return {key: fill(value, world) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, world) for value in template]
    return template
