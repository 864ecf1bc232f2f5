"""Requests and replies about endpoints and events."""

import json
from datetime import datetime
from typing import Any

from rest_framework import serializers

from api.clock import iso
from api.rest.fields import Array, Choice, Moment, Text, Url
from api.rest.shapes import Shape
from webhooks.catalogue.types import EVERYTHING, EventType
from webhooks.models import EndpointStatus, WebhookEndpoint, WebhookEvent

URL_LIMIT = 2048
EVENTS_LIMIT = 50
DESCRIPTION_LIMIT = 500
VERSION_LIMIT = 32

EVENT_TYPES = tuple(kind.value for kind in EventType)


class WebhookEndpointSerializer(Shape):
    """An endpoint, without its secret."""

    id = Text()
    url = serializers.URLField()
    secret_prefix = Text()
    enabled_events = Array(child=Text(), min_length=1, max_length=EVENTS_LIMIT)
    status = Choice(EndpointStatus.values)
    description = Text(allow_null=True, required=False, max_length=DESCRIPTION_LIMIT)
    api_version = Text(allow_null=True, required=False, max_length=VERSION_LIMIT)
    created_at = Moment(required=False)
    updated_at = Moment(required=False)
    last_delivered_at = Moment(allow_null=True, required=False)
    last_failed_at = Moment(allow_null=True, required=False)


class WebhookEndpointWithSecretSerializer(WebhookEndpointSerializer):
    """An endpoint and its signing secret, which is shown only in this reply."""

    secret = Text()

    @classmethod
    def reply(cls, endpoint: WebhookEndpoint, secret: str) -> dict[str, Any]:
        """The endpoint, with the secret that was just made."""
        return {**WebhookEndpointSerializer.render(endpoint), "secret": secret}


class WebhookRotatedSerializer(WebhookEndpointWithSecretSerializer):
    """An endpoint, its new secret, and the time until which the previous one also signs."""

    rotatedAt = Moment()
    previousSecretValidUntil = Moment()

    @classmethod
    def rotated(cls, endpoint: WebhookEndpoint, secret: str, at: datetime) -> dict[str, Any]:
        """The endpoint, with the secret that was just made."""
        return {
            **cls.reply(endpoint, secret),
            "rotatedAt": iso(at),
            "previousSecretValidUntil": iso(endpoint.previous_secret_until),
        }


class SubscriptionField(Array):
    """Names of event types. With `*` in the list, all types."""

    default_error_messages = {
        "min_length": "Name at least one event type, or * for all of them.",
        "max_length": "Name {max_length} event types at the most.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=Choice((*EVENT_TYPES, EVERYTHING)),
            min_length=1,
            max_length=EVENTS_LIMIT,
            help_text="Event types. With * in the list, all types.",
            **kwargs,
        )


class WebhookCreateSerializer(Shape):
    """The body of `POST /webhooks`."""

    url = Url(max_length=URL_LIMIT)
    enabled_events = SubscriptionField()
    description = Text(
        required=False, allow_null=True, allow_blank=True, max_length=DESCRIPTION_LIMIT
    )
    api_version = Text(required=False, allow_blank=True, max_length=VERSION_LIMIT)


class WebhookUpdateSerializer(Shape):
    """The body of `PATCH /webhooks/{id}`: what is not sent stays as it is."""

    url = Url(required=False, max_length=URL_LIMIT)
    enabled_events = SubscriptionField(required=False)
    description = Text(
        required=False, allow_null=True, allow_blank=True, max_length=DESCRIPTION_LIMIT
    )
    api_version = Text(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=VERSION_LIMIT,
        help_text="Null for the newest.",
    )
    status = Choice(EndpointStatus.values, required=False)


class EventRequestSerializer(Shape):
    """The API request that caused an event; both null for background work."""

    id = serializers.CharField(allow_null=True)
    idempotency_key = serializers.CharField(allow_null=True)


class EventDataSerializer(Shape):
    """The object of an event."""

    object = serializers.DictField()


class EventSerializer(Shape):
    """An event of the log."""

    id = serializers.CharField()
    type = serializers.CharField()
    api_version = serializers.CharField()
    created = serializers.IntegerField(help_text="Epoch seconds.")
    team_id = serializers.CharField()
    sequence = serializers.IntegerField(
        required=False, help_text="1, 2, 3, … within the team, without gaps."
    )
    data = EventDataSerializer()
    request = EventRequestSerializer(required=False, allow_null=True)
    object_id = serializers.CharField(required=False)

    def to_representation(self, instance: WebhookEvent) -> dict[str, Any]:
        """The bytes that were sent, and the id of what they are about."""
        return {**json.loads(bytes(instance.payload)), "object_id": instance.object_id}
