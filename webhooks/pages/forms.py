"""The forms of the pages. They hold what was typed, and turn it into the API's bodies.

The serializers of the API validate it, so that page and API refuse the same.
"""

from typing import Any, ClassVar

from django import forms
from django.forms.utils import ErrorDict

from api.rest import versioning
from evaluations.pages.refusals import Refused, told
from webhooks.catalogue.types import EVERYTHING, TEST_EVENT
from webhooks.endpoints.targets import check_url
from webhooks.models import DeliveryStatus, WebhookEndpoint
from webhooks.replay.pacing import DEFAULT_PER_SECOND, MAX_PER_SECOND
from webhooks.rest.delivery_serializers import (
    WebhookBulkRetrySerializer,
    WebhookCatchUpSerializer,
    WebhookTestSerializer,
)
from webhooks.rest.endpoint_serializers import (
    DESCRIPTION_LIMIT,
    EVENT_TYPES,
    URL_LIMIT,
    WebhookCreateSerializer,
    WebhookUpdateSerializer,
)

Body = dict[str, Any]

ALL, SOME = "all", "some"

#: How a browser writes a date with a time.
MINUTE = "%Y-%m-%dT%H:%M"


class ApiForm(forms.Form):
    """A form that a serializer of the API validates."""

    use_required_attribute = False
    #: The field that shows a refusal of another name.
    places: ClassVar[dict[str, str]] = {}

    def full_clean(self) -> None:
        """Validate nothing."""
        self._errors = ErrorDict()
        self.cleaned_data: Body = {}

    def parsed(self, serializer: Any, body: Body) -> Body | None:
        """The validated values; None with the problems at their fields."""
        try:
            with told():
                values: Body = serializer.parse(body)
        except Refused as refused:
            self.refuse(refused)
            return None
        return values

    def refuse(self, refused: Refused) -> None:
        """Show the problems at their fields."""
        for param, text in refused.problems:
            name = param.partition(".")[0]
            name = self.places.get(name, name)
            self.add_error(name if name in self.fields else None, text)

    def typed(self, name: str) -> Any:
        """The value of a field as it was typed."""
        return self[name].value() or ""

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Each refusal: the id of its field, if it has one, and the text."""
        found = []
        for name, texts in self.errors.items():
            at = self[name].id_for_label or self[name].auto_id if name in self.fields else ""
            found += [(at, str(text)) for text in texts]
        return found


class EndpointForm(ApiForm):
    """An endpoint: where events go, and which."""

    places = {"enabled_events": "events"}

    url = forms.CharField(
        label="Address",
        required=False,
        strip=True,
        help_text="Events are sent to it as POST requests. It is public and begins with https://.",
        widget=forms.TextInput(
            attrs={
                "inputmode": "url",
                "autocomplete": "off",
                "spellcheck": "false",
                "maxlength": URL_LIMIT,
                "dir": "ltr",
                "placeholder": "https://",
            }
        ),
    )
    description = forms.CharField(
        label="What is it for?",
        required=False,
        help_text="A note for your team, for example which system receives the events.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": DESCRIPTION_LIMIT}),
    )
    which = forms.ChoiceField(
        label="Which events?",
        required=False,
        choices=[(ALL, "All, also types that come later"), (SOME, "Only these:")],
        widget=forms.RadioSelect,
    )
    events = forms.MultipleChoiceField(
        label="Types", required=False, choices=[(kind, kind) for kind in EVENT_TYPES]
    )
    api_version = forms.ChoiceField(
        label="Version of the events",
        required=False,
        help_text="Pin it if your receiver must not see later shapes of the same event.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = [(one, one) for one in versioning.served()]
        newest = ("", "The newest, also later ones")
        self.fields["api_version"].choices = [newest, *versions]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> "EndpointForm":
        """The form of an endpoint as it is stored."""
        everything = EVERYTHING in endpoint.enabled_events
        return cls(
            initial={
                "url": endpoint.url,
                "description": endpoint.description or "",
                "which": ALL if everything else SOME,
                "events": [] if everything else endpoint.enabled_events,
                "api_version": endpoint.api_version or "",
            }
        )

    def body(self) -> Body:
        """The endpoint, without a version where the newest is wanted."""
        everything = self.typed("which") == ALL
        return {
            "url": self.typed("url").strip(),
            "description": self.typed("description").strip() or None,
            "enabled_events": [EVERYTHING] if everything else list(self.typed("events")),
            "api_version": self.typed("api_version") or None,
        }

    def created(self) -> Body | None:
        """The values of a new endpoint."""
        body = self.body()
        if body["api_version"] is None:
            del body["api_version"]
        return self.parsed(WebhookCreateSerializer, body)

    def changed(self) -> Body | None:
        """The values of an endpoint that exists."""
        return self.parsed(WebhookUpdateSerializer, self.body())

    def refuse(self, refused: Refused) -> None:
        """Show the problems at their fields, and that of the address beside the others."""
        super().refuse(refused)
        if "url" in self.errors:
            return
        try:
            with told():
                check_url(self.body()["url"])
        except Refused as also:
            super().refuse(also)

    @property
    def chosen(self) -> set[str]:
        """The types that are ticked."""
        return set(self.typed("events"))


class TypeForm(ApiForm):
    """The type of a test."""

    type = forms.ChoiceField(
        label="Type", required=False, choices=[(kind, kind) for kind in (TEST_EVENT, *EVENT_TYPES)]
    )

    def values(self) -> Body | None:
        """The validated values."""
        return self.parsed(WebhookTestSerializer, {"type": self.typed("type") or TEST_EVENT})


def _moment(label: str, help_text: str = "") -> forms.CharField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE)
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


class PacedForm(ApiForm):
    """How far back, and how quickly."""

    since = _moment("Since (UTC)")
    per_second = forms.CharField(
        label="Requests a second",
        required=False,
        help_text=f"1 to {MAX_PER_SECOND}. Your receiver gets other events meanwhile, too.",
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_PER_SECOND}),
    )

    def body(self) -> Body:
        """The fields that were filled in."""
        pace = str(self.typed("per_second") or DEFAULT_PER_SECOND)
        is_number = pace.isascii() and pace.isdigit() and len(pace) < 9
        return {**self.filled("since"), "per_second": int(pace) if is_number else pace}

    def filled(self, *names: str) -> Body:
        """The fields of these that are not empty."""
        return {name: self.typed(name) for name in names if self.typed(name)}


class CatchUpForm(PacedForm):
    """What an endpoint missed."""

    def values(self) -> Body | None:
        """The validated values."""
        return self.parsed(WebhookCatchUpSerializer, self.body())


class RetryForm(PacedForm):
    """Which of the deliveries that did not arrive are sent again."""

    status = forms.ChoiceField(
        label="State",
        required=False,
        choices=[
            ("", "Failed or given up"),
            (DeliveryStatus.FAILED, "Failed, with attempts to come"),
            (DeliveryStatus.ABANDONED, "Given up"),
        ],
    )
    type = forms.ChoiceField(
        label="Type", required=False, choices=[("", "All types"), *((t, t) for t in EVENT_TYPES)]
    )
    until = _moment("Until (UTC)")
    field_order = ("status", "type", "since", "until", "per_second")

    def body(self) -> Body:
        """The fields that were filled in."""
        return {**super().body(), **self.filled("status", "type", "until")}

    def values(self) -> Body | None:
        """The validated values."""
        return self.parsed(WebhookBulkRetrySerializer, self.body())
