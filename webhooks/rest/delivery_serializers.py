"""Request and reply shapes of deliveries: what was sent, tests, and sending again."""

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

#: Attempts shown with a delivery: failures on our side are tried again without limit.
ATTEMPTS_SHOWN = 100

#: A delivery that was just made has one of these: nothing has taken its place yet.
NEW = tuple(status for status in DeliveryStatus.values if status != DeliveryStatus.SUPERSEDED)


class WebhookTestSerializer(Shape):
    """The body of `POST /webhooks/{id}/test`; may be absent."""

    type = Choice((*EVENT_TYPES, TEST_EVENT), required=False)


class OptionalText(Text):
    """Text that is null where there is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        """Null instead of nothing."""
        return value or None


class WebhookDeliverySerializer(Shape):
    """A delivery. Every name of several words is there in both spellings."""

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
        required=False, help_text="The replay that took its place while it was not delivered yet."
    )
    supersededByDeliveryId = OptionalText(source="superseded_by_delivery_id", required=False)


class ResponseHeaderSerializer(Shape):
    """A header of a receiver's answer."""

    name = Text()
    value = Text()

    def to_representation(self, instance: list[str]) -> dict[str, Any]:
        """A stored header is a list of two."""
        return {"name": instance[0], "value": instance[1]}


class WebhookAttemptSerializer(Shape):
    """One try of a delivery.

    Times are milliseconds, and null for what did not happen: a kept
    connection needs no lookup, no connecting and no TLS.
    """

    id = Text(help_text="What Autousers-Delivery-Id said.")
    number = Whole(help_text="Repeated where a failure on our side did not count.")
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
        newest = WebhookAttempt.objects.filter(
            event_id=delivery.event_id, delivery=delivery
        ).order_by("-started_at", "-pk")[:ATTEMPTS_SHOWN]
        return {
            **WebhookDeliverySerializer.render(delivery),
            "attempts": [WebhookAttemptSerializer.render(row) for row in reversed(newest)],
        }


class WebhookTestResultSerializer(Shape):
    """A test that is on its way."""

    deliveryId = Text(source="pk")
    delivery_id = Text(source="pk")
    eventId = Text(source="event_id", required=False)
    event_id = Text()
    status = Choice(NEW)
    synthetic = AlwaysTrue()
    scheduledFor = Moment(source="scheduled_for")
    scheduled_for = Moment()


class WebhookRetryResultSerializer(Shape):
    """A replay that is on its way."""

    delivery_id = Text(source="pk")
    deliveryId = Text(source="pk", required=False)
    status = Choice(NEW)
    scheduled_for = Moment()
    scheduledFor = Moment(source="scheduled_for", required=False)
    replays_delivery_id = Text()
    replaysDeliveryId = Text(source="replays_delivery_id", required=False)


class PacedSerializer(Shape):
    """How to send many deliveries."""

    since = Moment(required=False)
    dry_run = Flag(default=False, help_text="Count, and send nothing.")
    per_second = Whole(default=DEFAULT_PER_SECOND, min_value=1, max_value=MAX_PER_SECOND)

    def validate_since(self, since: datetime) -> datetime:
        """What has not happened yet cannot have been missed."""
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
        """A range has its ends in order."""
        if "since" in attrs and "until" in attrs and attrs["since"] > attrs["until"]:
            raise serializers.ValidationError({"until": "Must not lie before since."})
        return attrs


_SCHEDULED = f"How many will be sent, {MAX_AT_ONCE:,} at the most; ask again for the rest."
_FINISHES = "When the last one is due; null when there is none."


class WebhookCatchUpResultSerializer(Shape):
    """What an endpoint missed, and how much of it is being sent."""

    missed = serializers.IntegerField(source="found")
    scheduled = serializers.IntegerField(help_text=_SCHEDULED)
    per_second = serializers.IntegerField()
    dry_run = serializers.BooleanField()
    finishes_at = Moment(allow_null=True, help_text=_FINISHES)


class WebhookBulkRetryResultSerializer(Shape):
    """What did not arrive, and how much of it is being sent again."""

    matched = serializers.IntegerField(source="found")
    scheduled = serializers.IntegerField(help_text=_SCHEDULED)
    per_second = serializers.IntegerField()
    dry_run = serializers.BooleanField()
    finishes_at = Moment(allow_null=True, help_text=_FINISHES)
