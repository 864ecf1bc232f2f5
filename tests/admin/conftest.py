"""Operators at their browsers, and one row of everything to look at."""

from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from api.models import (
    DeletedRow,
    EncryptionKey,
    IdempotencyRecord,
    RefusalCount,
    RequestLog,
)
from autousers.models import Autouser, AutouserRun, CalibrationRun, Rubric, RunTurn
from evaluations.models import AccessRequest, Evaluation, Template, TemplateVersion
from ratings.models import Rating
from ratings.services import insert_rating
from teams.models import (
    AccountMail,
    ApiKey,
    DailyCount,
    KnownNetwork,
    Membership,
    QuotaCounter,
    User,
)
from tests.conftest import PASSWORD, make_invitation, make_user
from tests.evaluations.sharing import make_invite
from webhooks.models import (
    AttemptResult,
    DeliveryStatus,
    EventCounter,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)

HOSTILE = "<script>alert('answer')</script>"


def grant(user: User, *codenames: str) -> User:
    """Let an operator do something."""
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return user


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.org", PASSWORD, name="Ruth Root")


@pytest.fixture
def admin(root: User) -> Client:
    """A superuser's browser."""
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def operator(db: None) -> Callable[..., Client]:
    """Make the browser of an operator with certain permissions and no others."""

    def sign_in(*codenames: str) -> Client:
        user = grant(make_user("operator@example.org", is_staff=True), *codenames)
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def delivery(evaluation: dict[str, Any], endpoint: dict[str, Any], api: Any) -> WebhookDelivery:
    """A delivery that was abandoned after two attempts, with a hostile answer."""
    api.patch(f"/api/v1/evaluations/{evaluation['id']}", {"status": "Running"})
    WebhookDelivery.objects.exclude(event__type="evaluation.status_changed").delete()
    delivery = WebhookDelivery.objects.get()
    now = timezone.now()
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        status=DeliveryStatus.ABANDONED,
        attempt=9,
        next_attempt_at=None,
        response_status=500,
        response_ms=321,
        response_body=HOSTILE,
        error="The receiver answered 500 Internal Server Error to this delivery.",
    )
    for number in (1, 2):
        WebhookAttempt.objects.create(
            delivery=delivery,
            event=delivery.event,
            number=number,
            result=AttemptResult.FAILED,
            response_status=500,
            response_headers=[["Content-Type", "text/html"]],
            response_body=HOSTILE,
            error="The receiver answered 500 Internal Server Error to this delivery.",
            total_ms=321,
            started_at=now - timedelta(minutes=number),
        )
    delivery.refresh_from_db()
    return delivery


@pytest.fixture
def everything(root: User, delivery: WebhookDelivery, other_team: Any) -> dict[str, Any]:
    """One row of each registered model, by its label."""
    team = Evaluation.objects.get().team
    member = make_user("member@example.org")
    rows = [
        root,
        team,
        ApiKey.objects.get(),
        Membership.objects.create(team=team, user=member, role="Admin"),
        Evaluation.objects.get(),
        Evaluation.objects.get().comparisons.get(),
        Template.objects.get(pk="overall"),
        TemplateVersion.objects.get(dimension_id="overall"),
        Evaluation.objects.get().dimensions.get(),
        WebhookEndpoint.objects.get(),
        delivery.event,
        delivery,
        WebhookAttempt.objects.first(),
        EventCounter.objects.get(),
        QuotaCounter.objects.get(),
        KnownNetwork.objects.create(user=member, network="192.0.2.1", seen_at=timezone.now()),
        AccountMail.objects.create(kind="password", user=member),
        make_invitation(team, "hostile@example.org"),
        make_invite(Evaluation.objects.get().pk, "hostile@example.org"),
        AccessRequest.objects.create(
            evaluation=Evaluation.objects.get(), requester=member, message=HOSTILE
        ),
        DailyCount.objects.create(day="2026-06-01", what=f"teams user:{member.pk}"),
        Group.objects.create(name="operators"),
        IdempotencyRecord.objects.create(
            owner=f"team:{team.pk}",
            key="once",
            fingerprint="f" * 64,
            status=201,
            body="gAAAA-encrypted-reply",
            request_id="0190d5b8-0000-7000-8000-000000000000",
        ),
        DeletedRow.objects.create(
            id="cdeleted", resource="evaluation", team_id=team.pk, sort_at=timezone.now()
        ),
        EncryptionKey.objects.get(),
        RequestLog.objects.create(
            request_id="0190d5b8-0000-7000-8000-000000000001",
            method="GET",
            path="/api/v1/evaluations",
            status=404,
            duration_ms=7,
            body='{"name": "<script>alert(\'answer\')</script>"}',
            created_at=timezone.now(),
        ),
        RefusalCount.objects.create(
            hour=timezone.now(), status=401, code="invalid_credential", network="192.0.2.7", times=3
        ),
        LogEntry.objects.create(
            user=root, object_id="cx", object_repr="something", action_flag=CHANGE
        ),
    ]
    autouser = Autouser.objects.create(team=team, name=HOSTILE, system_prompt=HOSTILE)
    rubric = Rubric.objects.create(autouser=autouser, version=1, name="r", criteria_text=HOSTILE)
    calibration = CalibrationRun.objects.create(
        autouser=autouser,
        evaluation=Evaluation.objects.get(),
        rubric=rubric,
        sample_size=1,
        disagreements=[{"humanReasoning": HOSTILE}],
    )
    evaluation = Evaluation.objects.get()
    run = AutouserRun.objects.create(
        team=team,
        evaluation=evaluation,
        comparison=evaluation.comparisons.get(),
        autouser=autouser,
        agent=1,
        quota_month="2026-06-01",
        current_narration=HOSTILE,
    )
    rating = Rating(
        evaluation=evaluation,
        comparison=run.comparison,
        rater_type="human",
        rater="user:x",
        dimension_ratings={"overall": 3},
        justification=HOSTILE,
    )
    insert_rating(rating)
    turn = RunTurn.objects.create(run=run, index=0)
    rows += [autouser, rubric, calibration, run, turn, rating, rating.scores.get()]
    evaluation.set_share_password("open sesame")
    evaluation.save(update_fields=["share_password"])
    return {row._meta.label: row for row in rows if row is not None}


def path_of(row: Any, page: str = "change") -> str:
    """The address of a row's page."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}"
    return reverse(name, args=[quote(row.pk)])


def list_of(model: Any) -> str:
    """The address of a model's list."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def run_action(client: Client, name: str, *rows: Any) -> Any:
    """Choose an action for some rows in their list, and follow to the list it leads back to."""
    data = {"action": name, "_selected_action": [row.pk for row in rows], "index": "0"}
    return client.post(list_of(type(rows[0])), data, follow=True)


class _Form(HTMLParser):
    """Reads what a browser would send of the form with an id ending in `_form`."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.data: dict[str, Any] = {}
        self._inside = False
        self._select: tuple[str, bool] | None = None
        self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value")
        if tag == "form":
            self._inside = (given.get("id") or "").endswith("_form")
        elif not self._inside:
            return
        elif tag == "select" and name:
            self._select = (name, "multiple" in given)
        elif tag == "option" and self._select:
            self._choose(*self._select, value or "", "selected" in given)
        elif tag == "textarea":
            self._text = name
            self.data[name] = ""
        elif tag == "input" and name:
            self._enter(name, value, given)

    def _choose(self, name: str, many: bool, value: str, selected: bool) -> None:
        if many:
            self.data.setdefault(name, [])
            self.data[name] += [value] if selected else []
        elif selected or name not in self.data:
            self.data[name] = value

    def _enter(self, name: str, value: str | None, given: dict[str, Any]) -> None:
        if given.get("type") in ("checkbox", "radio"):
            if "checked" in given:
                self.data.setdefault(name, []).append(value or "on")
        elif given.get("type") != "submit":
            self.data[name] = value or ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.data[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._text:
            self.data[self._text] = self.data[self._text].removeprefix("\n")
            self._text = ""
        elif tag == "select":
            self._select = None


def form_data(response: Any, **changes: Any) -> dict[str, Any]:
    """What a browser would send of the form on a page, with some fields changed."""
    return {**_Form(response.content.decode()).data, **changes}
