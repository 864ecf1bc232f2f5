"""GET and PATCH of an evaluation written by hand: the yardstick for the API's own.

The same server, middleware, queries and reply in a `JsonResponse`, and nothing
of DRF: what a Django programmer would write who needs only this one route.
"""

import json
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.utils import timezone

from api.clock import iso
from api.http.client_address import client_address
from evaluations.models import Evaluation
from teams.models import ApiKey
from webhooks.receivers import announce_evaluation  # noqa: F401 - the same events are recorded


def _reply(evaluation: Evaluation) -> JsonResponse:
    base = f"{settings.PUBLIC_URL}/evaluations/{evaluation.pk}"
    wizard = evaluation.wizard
    comparisons = [
        {
            "id": comparison.pk,
            "evaluationId": comparison.evaluation_id,
            "label": comparison.label,
            "position": comparison.position,
        }
        for comparison in evaluation.comparisons.all()
    ]
    owner = evaluation.created_by
    return JsonResponse(
        {
            "id": evaluation.pk,
            "teamId": evaluation.team_id,
            "name": evaluation.name,
            "description": evaluation.description,
            "type": evaluation.type,
            "status": evaluation.status,
            "shareToken": evaluation.share_token,
            "shareAccess": evaluation.share_access,
            "shareRequireEmail": evaluation.share_require_email,
            "shareRequireName": evaluation.share_require_name,
            "shareAllowAnon": evaluation.share_allow_anon,
            "shareExpiry": iso(evaluation.share_expiry),
            "allowMultipleRatings": evaluation.allow_multiple_ratings,
            "editorsCanShare": evaluation.editors_can_share,
            "browserEngine": evaluation.browser_engine,
            "useProxy": evaluation.use_proxy,
            "proxyRegion": evaluation.proxy_region,
            "modelId": evaluation.model_id,
            "templateId": evaluation.template_id,
            "evaluationMethod": evaluation.evaluation_method,
            "createdAt": iso(evaluation.created_at),
            "updatedAt": iso(evaluation.updated_at),
            "links": {
                **{page: f"{base}/{page}" for page in ("preview", "review", "edit", "results")},
                "web": base,
            },
            "ratingsCount": evaluation.ratings_count,
            "comparisonsCount": len(comparisons),
            "comparisons": comparisons,
            "config": {
                "preQualification": {
                    "evaluationMethod": evaluation.evaluation_method,
                    "selectedAutousers": wizard.get("selectedAutousers", []),
                    "skip": wizard.get("skipPreQualification", False),
                },
                "selectedAutousers": wizard.get("selectedAutousers", []),
                "dimensions": json.dumps(wizard.get("selectedDimensionIds", [])),
            },
            "metadata": {**wizard, "evaluationMethod": evaluation.evaluation_method},
            "autouserRunSummary": evaluation.run_summary,
            "owner": {"name": owner.name, "email": owner.email} if owner else None,
            "team": {"name": evaluation.team.name, "slug": evaluation.team.slug},
            "isSharedWithMe": False,
            "myPermission": "OWNER",
            "warnings": [],
        }
    )


def _key(request: HttpRequest) -> ApiKey:
    token = request.headers["Authorization"].removeprefix("Bearer ")
    key = ApiKey.objects.with_role().filter(digest=ApiKey.digest_of(token)).first()
    if key is None or key.revoked_at or key.role is None or key.is_expired(timezone.now()):
        raise PermissionError
    key.note_use(client_address(request) or None, timezone.now())
    return key


def evaluation(request: HttpRequest, id: str) -> Any:
    """GET and PATCH, without a framework."""
    key = _key(request)
    found = Evaluation.objects.filter(team_id=key.team_id).whole()
    if request.method == "GET":
        return _reply(found.get(pk=id))
    body = json.loads(request.body)
    with transaction.atomic():
        row = found.select_for_update(of=("self",)).get(pk=id)
        changed = ["updated_at"]
        if "name" in body:
            row.name = body["name"]
            changed.append("name")
        if row.change_status(body.get("status", row.status)):
            changed += ["status", "transition"]
        row.updated_at = timezone.now()
        row.save(update_fields=changed)
    return _reply(row)


evaluation.csrf_exempt = True  # type: ignore[attr-defined]

urlpatterns = [
    path("bare/evaluations/<str:id>", evaluation),
    path("", include("config.urls")),
]
