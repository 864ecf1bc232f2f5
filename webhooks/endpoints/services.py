"""The rules of making, changing, enabling, disabling and deleting endpoints."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from api.exceptions import InvalidRequest
from api.rest import versioning
from teams.models import Team, User
from webhooks.endpoints.targets import check_url
from webhooks.models import (
    DeliveryStatus,
    EndpointStatus,
    Notice,
    WebhookDelivery,
    WebhookEndpoint,
)


class TooManyEndpoints(InvalidRequest):
    """The team has as many endpoints as this installation allows."""

    code = "too_many_endpoints"

    def __init__(self, limit: int) -> None:
        super().__init__(f"A team can have {limit} endpoints. Delete one first.")


@transaction.atomic(savepoint=False)
def create_endpoint(
    *, team: Team, author: User | None, values: dict[str, Any]
) -> tuple[WebhookEndpoint, str]:
    """Create an endpoint; the second value is its secret, which is shown only now.

    Raises:
        InvalidWebhookUrl, UnsupportedVersion, TooManyEndpoints.
    """
    check_url(values["url"])
    if "api_version" in values:
        versioning.check(values["api_version"], param="api_version")
    Team.objects.select_for_update().get(pk=team.pk)  # two at once must not pass the limit
    if team.webhook_endpoints.existing().count() >= settings.WEBHOOK_ENDPOINT_LIMIT:
        raise TooManyEndpoints(settings.WEBHOOK_ENDPOINT_LIMIT)
    endpoint = WebhookEndpoint(team=team, created_by=author, **values)
    endpoint.updated_at = endpoint.created_at
    secret = endpoint.set_new_secret()
    endpoint.save(force_insert=True)
    return endpoint, secret


@transaction.atomic(savepoint=False)
def update_endpoint(*, endpoint: WebhookEndpoint, changes: dict[str, Any]) -> None:
    """Change fields of an endpoint whose row is locked. Equal values change nothing.

    Raises:
        InvalidWebhookUrl, UnsupportedVersion.
    """
    if "url" in changes:
        check_url(changes["url"])
    if changes.get("api_version") is not None:
        versioning.check(changes["api_version"], param="api_version")
    changes = {name: new for name, new in changes.items() if getattr(endpoint, name) != new}
    status = changes.pop("status", None)
    if changes:
        for name, new in changes.items():
            setattr(endpoint, name, new)
        endpoint.updated_at = timezone.now()
        endpoint.save(update_fields=[*changes, "updated_at"])
    if status == EndpointStatus.ENABLED:
        enable_endpoint(endpoint)
    elif status == EndpointStatus.DISABLED:
        disable_endpoint(endpoint, "A member of the team disabled it.")


@transaction.atomic(savepoint=False)
def rotate_secret(endpoint: WebhookEndpoint) -> tuple[str, datetime]:
    """Give the endpoint a new secret; returns it, to be shown only now, and its time.

    Both secrets sign every request until the rotation window ends.
    """
    now = timezone.now()
    secret = endpoint.rotate_secret(now)
    endpoint.updated_at = now
    endpoint.save(
        update_fields=[
            "encrypted_secret",
            "secret_prefix",
            "encrypted_previous_secret",
            "previous_secret_until",
            "signature_order",
            "updated_at",
        ]
    )
    return secret, now


@transaction.atomic(savepoint=False)
def delete_endpoint(endpoint: WebhookEndpoint) -> None:
    """Delete an endpoint: abandon its deliveries and erase its secrets.

    A request in flight still ends and is recorded.
    """
    now = timezone.now()
    endpoint.deleted_at = endpoint.updated_at = now
    endpoint.status = EndpointStatus.DISABLED
    endpoint.encrypted_secret = endpoint.encrypted_previous_secret = ""
    endpoint.save(
        update_fields=[
            "deleted_at",
            "updated_at",
            "status",
            "encrypted_secret",
            "encrypted_previous_secret",
        ]
    )
    due = WebhookDelivery.objects.filter(endpoint=endpoint, next_attempt_at__isnull=False)
    # Locked by id, like the batches of a worker, so that the two cannot deadlock.
    list(due.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    due.update(
        status=DeliveryStatus.ABANDONED,
        next_attempt_at=None,
        lease="",
        leased_until=None,
        error="The endpoint was deleted.",
    )


def enable_endpoint(endpoint: WebhookEndpoint) -> bool:
    """Send new events to an endpoint again; False if it was enabled already.

    Its failure counters start again at zero. `disabled_at` stays, as catching up begins
    there.
    """
    return _change_status(
        endpoint,
        EndpointStatus.ENABLED,
        disabled_reason="",
        failures=0,
        failing_since=None,
        gone_in_a_row=0,
        warned_at_failures=0,
        notice="",
    )


def disable_endpoint(endpoint: WebhookEndpoint, reason: str) -> bool:
    """Send no new events to an endpoint; False if it was disabled already.

    Queued retries go on, and events are recorded as before. The team's Owner gets a
    mail with the reason, also if a person disabled it.
    """
    return _change_status(
        endpoint,
        EndpointStatus.DISABLED,
        disabled_at=timezone.now(),
        disabled_reason=reason,
        notice=Notice.DISABLED,
    )


def _change_status(endpoint: WebhookEndpoint, status: EndpointStatus, **values: Any) -> bool:
    """Change the status; of two calls at the same time, only one gets True."""
    values |= {"status": status.value, "updated_at": timezone.now()}
    others = WebhookEndpoint.objects.existing().filter(pk=endpoint.pk).exclude(status=status)
    changed = bool(others.update(**values))
    endpoint.refresh_from_db(fields=list(values))
    return changed
