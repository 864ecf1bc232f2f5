"""Where the webhook and event routes hang, below `/api/v1`."""

from django.urls import path

from webhooks.views import EventListView, EventView, WebhookEndpointView, WebhookListView

urlpatterns = [
    path("webhooks", WebhookListView.as_view(), name="webhooks"),
    path("webhooks/<str:id>", WebhookEndpointView.as_view(), name="webhook"),
    path("events", EventListView.as_view(), name="events"),
    path("events/<str:id>", EventView.as_view(), name="event"),
]
