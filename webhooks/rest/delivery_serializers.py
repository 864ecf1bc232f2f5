"""Requests and replies about deliveries, tests, retries and catch-ups."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from api.rest.fields import AlwaysTrue, Choice, Flag, Moment, Text, Whole
from api.rest.shapes import Shape
from webhooks.catalogue.types import TEST_EVENT
from webhooks.models import (
    AttemptResult,
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
)
from webhooks.replay.pacing import DEFAULT_PER_SECOND, MAX_AT_ONCE, MAX_PER_SECOND
from webhooks.rest.endpoint_serializers import EVENT_TYPES

BODY_LIMIT = 4096

#: The attempts in a reply. Failures on our side have no limit of attempts.
ATTEMPTS_SHOWN = 100

#: The statuses of a new delivery, which cannot be superseded yet.
NEW = tuple(status for status in DeliveryStatus.values if status != DeliveryStatus.SUPERSEDED)


class WebhookTestSerializer(Shape):
    """The body of `POST /webhooks/{id}/test`; may be absent."""

    type = Choice((*EVENT_TYPES, TEST_EVENT), required=False)


class OptionalText(Text):
    """Text that is null if it is empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        """Null instead of an empty text."""
        return value or None


class WebhookDeliverySerializer(Shape):
    """A delivery. Names of several words are in both spellings."""

    id = Text()
    attempt = serializers.IntegerField(source="current_attempt", min_value=1)
    status = Choice(DeliveryStatus.values)
    endpoint_id = Text(required=False)
    endpointId = Text(source="endpoint_id", required=False)
    event_id = Text(required=False)
    eventId = Text(source="event_id", required=False)
    event_type = Text(required=False)
    eventType = Text(source="event_type", required=False)
    scheduled_for = Moment(required=False)
    scheduledFor = Moment(source="scheduled_for", required=False)
    response_status = Whole(allow_null=True, required=False)
    responseStatus = Whole(source="response_status", allow_null=True, required=False)
    response_body = OptionalText(required=False, max_length=BODY_LIMIT)
    responseBody = OptionalText(source="response_body", required=False, max_length=BODY_LIMIT)
    response_ms = Whole(allow_null=True, required=False, min_value=0)
    responseMs = Whole(source="response_ms", allow_null=True, required=False, min_value=0)
    error = OptionalText(required=False)
    delivered_at = Moment(allow_null=True, required=False)
    deliveredAt = Moment(source="delivered_at", allow_null=True, required=False)
    created_at = Moment(required=False)
    createdAt = Moment(source="created_at", required=False)
    synthetic = Flag(required=False)
    replays_delivery_id = OptionalText(required=False)
    replaysDeliveryId = OptionalText(source="replays_delivery_id", required=False)
    superseded_by_delivery_id = OptionalText(
        required=False, help_text="The replay that replaced it before it was delivered."
    )
    supersededByDeliveryId = OptionalText(source="superseded_by_delivery_id", required=False)


class ResponseHeaderSerializer(Shape):
    """A header of the receiver's answer."""

    name = Text()
    value = Text()

    def to_representation(self, instance: list[str]) -> dict[str, Any]:
        """Stored headers are lists of name and value."""
        return {"name": instance[0], "value": instance[1]}


class WebhookAttemptSerializer(Shape):
    """One try of a delivery.

    Times are milliseconds, and null for a step that did not happen: a kept
    connection needs no lookup, no connecting and no TLS.
    """

    id = Text(help_text="The value of Autousers-Delivery-Id.")
    number = Whole(help_text="Repeated after a failure of this server, which does not count.")
    result = Choice(AttemptResult.values)
    response_status = Whole(allow_null=True)
    response_headers = ResponseHeaderSerializer(many=True)
    response_body = OptionalText(max_length=BODY_LIMIT)
    error = OptionalText()
    signature_order = OptionalText(help_text="While a secret is being rotated: old,new or new,old.")
    lookup_ms = Whole(allow_null=True)
    connect_ms = Whole(allow_null=True)
    tls_ms = Whole(allow_null=True)
    first_byte_ms = Whole(allow_null=True)
    total_ms = Whole(allow_null=True)
    started_at = Moment()


class WebhookDeliveryDetailSerializer(WebhookDeliverySerializer):
    """A delivery and its attempts, oldest first."""

    attempts = WebhookAttemptSerializer(many=True)

    @classmethod
    def reply(cls, delivery: WebhookDelivery) -> dict[str, Any]:
        """The delivery, with its newest attempts."""
        newest = WebhookAttempt.newest_of(delivery, ATTEMPTS_SHOWN)
        return {
            **WebhookDeliverySerializer.render(delivery),
            "attempts": [WebhookAttemptSerializer.render(row) for row in reversed(newest)],
        }


class WebhookTestResultSerializer(Shape):
    """A queued test."""

    deliveryId = Text(source="pk")
    delivery_id = Text(source="pk")
    eventId = Text(source="event_id", required=False)
    event_id = Text()
    status = Choice(NEW)
    synthetic = AlwaysTrue()
    scheduledFor = Moment(source="scheduled_for")
    scheduled_for = Moment()


class WebhookRetryResultSerializer(Shape):
    """A queued replay."""

    delivery_id = Text(source="pk")
    deliveryId = Text(source="pk", required=False)
    status = Choice(NEW)
    scheduled_for = Moment()
    scheduledFor = Moment(source="scheduled_for", required=False)
    replays_delivery_id = Text()
    replaysDeliveryId = Text(source="replays_delivery_id", required=False)


class PacedSerializer(Shape):
    """The options for sending many deliveries."""

    since = Moment(required=False)
    dry_run = Flag(default=False, help_text="Count, and send nothing.")
    per_second = Whole(default=DEFAULT_PER_SECOND, min_value=1, max_value=MAX_PER_SECOND)

    def validate_since(self, since: datetime) -> datetime:
        """Refuse a time in the future."""
        if since > timezone.now():
            raise serializers.ValidationError("Must not lie in the future.")
        return since


class WebhookCatchUpSerializer(PacedSerializer):
    """The body of `POST /webhooks/{id}/catch-up`; may be absent."""


class WebhookBulkRetrySerializer(PacedSerializer):
    """The body of `POST /webhooks/deliveries/bulk-retry`; may be absent."""

    endpoint_id = Text(required=False, help_text="Default: all enabled endpoints of the team.")
    status = Choice(
        (DeliveryStatus.FAILED, DeliveryStatus.ABANDONED, DeliveryStatus.DELIVERED),
        required=False,
        help_text="Default: failed and abandoned.",
    )
    type = Choice(EVENT_TYPES, required=False)
    until = Moment(required=False, help_text="Compared with created_at, as since is.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a range that ends before it begins."""
        if "since" in attrs and "until" in attrs and attrs["since"] > attrs["until"]:
            raise serializers.ValidationError({"until": "Must not lie before since."})
        return attrs


_SCHEDULED = f"How many will be sent, {MAX_AT_ONCE:,} at the most; ask again for the rest."
_FINISHES = "When the last one is due; null when there is none."


class WebhookCatchUpResultSerializer(Shape):
    """How many events an endpoint missed, and how many of them are scheduled."""

    missed = serializers.IntegerField(source="found")
    scheduled = serializers.IntegerField(help_text=_SCHEDULED)
    per_second = serializers.IntegerField()
    dry_run = serializers.BooleanField()
    finishes_at = Moment(allow_null=True, help_text=_FINISHES)


class WebhookBulkRetryResultSerializer(Shape):
    """How many deliveries failed, and how many of them are sent again."""

    matched = serializers.IntegerField(source="found")
    scheduled = serializers.IntegerField(help_text=_SCHEDULED)
    per_second = serializers.IntegerField()
    dry_run = serializers.BooleanField()
    finishes_at = Moment(allow_null=True, help_text=_FINISHES)
