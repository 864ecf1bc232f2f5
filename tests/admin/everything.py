"""One row of everything to look at."""

from datetime import timedelta
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.utils import timezone

from api.models import (
    DeletedRow,
    EncryptionKey,
    Heartbeat,
    IdempotencyRecord,
    RefusalCount,
    RequestLog,
)
from autousers.models import (
    Autouser,
    AutouserRun,
    CalibrationRun,
    Observation,
    Rubric,
    RunTurn,
)
from evaluations.models import (
    AccessRequest,
    Evaluation,
    File,
    FileUse,
    Template,
    TemplateVersion,
)
from ratings.models import (
    FrameAnswer,
    Guest,
    Insight,
    RaterExclusion,
    Rating,
    RatingDraft,
    ResultsLink,
)
from ratings.services import insert_rating
from teams.models import (
    AccountMail,
    ApiKey,
    DailyCount,
    KnownNetwork,
    Membership,
    Notification,
    QuotaCounter,
    Team,
    User,
)
from tests.clients import ApiClient
from tests.conftest import (
    PASSWORD,
    make_endpoint,
    make_evaluation,
    make_invitation,
    make_key,
    make_team,
    make_user,
)
from tests.evaluations.sharing.shared import make_invite
from webhooks.models import (
    AttemptResult,
    DeliveryStatus,
    EventCounter,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)

HOSTILE = "<script>alert('answer')</script>"


def make_abandoned_delivery(api: ApiClient, evaluation: dict[str, Any]) -> WebhookDelivery:
    """Start an evaluation, and have the one delivery of that fail for good."""
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


def make_file(team: Team, evaluation: Evaluation) -> tuple[File, FileUse]:
    """A file with a hostile name, and the study that shows it."""
    file = File.objects.create(
        team=team, filename=HOSTILE, content_type="image/png", size=5, expires_at=timezone.now()
    )
    return file, FileUse.objects.create(file=file, evaluation=evaluation)


def make_everything() -> dict[str, Any]:
    """One row of each registered model, by its label."""
    root = User.objects.create_superuser("root@example.org", PASSWORD, name="Ruth Root")
    team = make_team(owner=make_user(name="Olga Owner"))
    make_team(owner=make_user("stranger@example.org"), name="Somebody else")
    api = ApiClient(make_key(team))
    made = make_evaluation(api)
    make_endpoint(api)
    delivery = make_abandoned_delivery(api, made)
    member = make_user("member@example.org")
    rows = [
        root,
        team,
        ApiKey.objects.get(),
        Membership.objects.create(team=team, user=member, role="Admin"),
        Evaluation.objects.get(),
        Evaluation.objects.get().comparisons.get(),
        Template.objects.get(pk="overall"),
        *make_file(team, Evaluation.objects.get()),
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
        Notification.objects.create(
            user=member, team=team, kind="evaluation.shared", text=HOSTILE, link="/", about=team.pk
        ),
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
        Heartbeat.objects.create(
            name="web@kiosk:7",
            kind="web",
            version="0.1.0",
            started_at=timezone.now(),
            beat_at=timezone.now(),
        ),
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
    observation = Observation.objects.create(
        evaluation=evaluation,
        key="k",
        design=HOSTILE,
        observer="browser",
        due_at=timezone.now(),
        facts={"title": HOSTILE},
        steps=[{"action": HOSTILE, "narration": HOSTILE}],
    )
    rows += [autouser, rubric, calibration, run, turn, rating, rating.scores.get(), observation]
    guest = Guest.objects.create(evaluation=evaluation, name=HOSTILE, email="x@example.org")
    draft = RatingDraft.objects.create(
        comparison=run.comparison, rater=f"guest:{guest.pk}", answers={"comment": HOSTILE}
    )
    rows += [
        RaterExclusion.objects.create(
            evaluation=evaluation, rater="user:x", reason=HOSTILE, excluded_by=member
        ),
        Insight.objects.create(
            evaluation=evaluation,
            basis="figures",
            content={"summary": HOSTILE},
            rating_count=1,
            figures_key=[],
        ),
        ResultsLink.objects.create(evaluation=evaluation, expires_at=timezone.now()),
    ]
    rows += [guest, draft, FrameAnswer.objects.create(digest="f" * 64, framing="allowed")]
    evaluation.set_share_password("open sesame")
    evaluation.save(update_fields=["share_password"])
    return {row._meta.label: row for row in rows if row is not None}
