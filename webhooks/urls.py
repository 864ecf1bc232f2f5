"""The routes of webhooks and events, below `/api/v1`."""

from django.urls import path

from webhooks.rest.delivery_views import (
    DeliveryBulkRetryView,
    DeliveryListView,
    DeliveryRetryView,
    DeliveryView,
)
from webhooks.rest.endpoint_views import (
    CatchUpView,
    RotateSecretView,
    SendTestView,
    WebhookEndpointView,
    WebhookListView,
)
from webhooks.rest.event_views import EventListView, EventView

urlpatterns = [
    path("webhooks", WebhookListView.as_view(), name="webhooks"),
    # Words come before ids: the first route that matches answers.
    path(
        "webhooks/deliveries/bulk-retry",
        DeliveryBulkRetryView.as_view(),
        name="webhook-deliveries-bulk-retry",
    ),
    path("webhooks/deliveries/<str:id>", DeliveryView.as_view(), name="webhook-delivery"),
    path(
        "webhooks/deliveries/<str:id>/retry",
        DeliveryRetryView.as_view(),
        name="webhook-delivery-retry",
    ),
    path("webhooks/<str:id>", WebhookEndpointView.as_view(), name="webhook"),
    path("webhooks/<str:id>/rotate-secret", RotateSecretView.as_view(), name="webhook-rotate"),
    path("webhooks/<str:id>/test", SendTestView.as_view(), name="webhook-test"),
    path("webhooks/<str:id>/deliveries", DeliveryListView.as_view(), name="webhook-deliveries"),
    path("webhooks/<str:id>/catch-up", CatchUpView.as_view(), name="webhook-catch-up"),
    path("events", EventListView.as_view(), name="events"),
    path("events/<str:id>", EventView.as_view(), name="event"),
]
