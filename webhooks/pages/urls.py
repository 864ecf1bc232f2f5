"""Where the pages about webhooks hang."""

from django.urls import path

from webhooks.pages.deliveries import DeliveryPage, SendAgainView
from webhooks.pages.endpoint import EndpointPage
from webhooks.pages.endpoints import (
    DeletePage,
    EditEndpointPage,
    EndpointsPage,
    NewEndpointPage,
    RotatePage,
    StatusView,
)
from webhooks.pages.events import EventPage, EventsPage
from webhooks.pages.sending import CatchUpPage, RetryPage, SendTestPage

#: The pages below the address of one endpoint, by the last word of their address and name.
ONE = (
    ("edit", EditEndpointPage),
    ("status", StatusView),
    ("rotate", RotatePage),
    ("delete", DeletePage),
    ("test", SendTestPage),
    ("retry", RetryPage),
    ("catch-up", CatchUpPage),
)

urlpatterns = [
    path("settings/webhooks", EndpointsPage.as_view(), name="settings-webhooks"),
    # Words come before ids: the first route that matches answers.
    path("settings/webhooks/new", NewEndpointPage.as_view(), name="settings-webhook-new"),
    path(
        "settings/webhooks/deliveries/<str:id>",
        DeliveryPage.as_view(),
        name="settings-webhook-delivery",
    ),
    path(
        "settings/webhooks/deliveries/<str:id>/again",
        SendAgainView.as_view(),
        name="settings-webhook-again",
    ),
    path("settings/webhooks/<str:id>", EndpointPage.as_view(), name="settings-webhook"),
    *(
        path(f"settings/webhooks/<str:id>/{word}", page.as_view(), name=f"settings-webhook-{word}")
        for word, page in ONE
    ),
    path("settings/events", EventsPage.as_view(), name="settings-events"),
    path("settings/events/<str:id>", EventPage.as_view(), name="settings-event"),
]
