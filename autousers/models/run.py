"""Models of runs: one agent of an autouser rates one comparison."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from api.database.announced import AnnouncedQuerySet, StatusModel
from api.database.fields import CuidField
from autousers.models.observation import Observation
from autousers.models.persona import Autouser, Rubric
from evaluations.models import Comparison, Evaluation
from teams.models import Team, TenantQuerySet


class RunStatus(models.TextChoices):
    """The status of a run."""

    PENDING = "pending", "pending"
    RUNNING = "running", "running"
    COMPLETED = "completed", "completed"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


ACTIVE = (RunStatus.PENDING, RunStatus.RUNNING)
TERMINAL = (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED)


class RunQuerySet(  # type: ignore[override] # the plugin types `as_manager` by class
    TenantQuerySet["AutouserRun"], AnnouncedQuerySet["AutouserRun"]
):
    """Reads of runs."""

    team_path = "evaluation__team_id"

    def active(self) -> Self:
        """Pending and running ones."""
        return self.filter(status__in=ACTIVE)

    def shown(self) -> Self:
        """With the related rows that a reply shows, without their large columns.

        Their evaluation is the caller's to set: it is the same for all of them, and can be the
        largest of all.
        """
        rows = self.select_related("autouser", "rating")
        of_autouser = ("description", "system_prompt", "capabilities", "config")
        of_rating = (
            "open_text_responses",
            "factors",
            "justification",
            "timing_data",
        )
        return rows.defer(
            *(f"autouser__{name}" for name in of_autouser),
            *(f"rating__{name}" for name in of_rating),
        )

    def due(self, now: datetime) -> Self:
        """Runs that a worker can claim: waiting ones, and those whose lease has run out."""
        return self.filter(due_at__lte=now)

    def cancel_all(self) -> int:
        """Cancel active runs in one statement; it needs no signal, as it is not announced."""
        now = timezone.now()
        ended = {
            "status": RunStatus.CANCELLED, "due_at": None, "lease": "", "awaits": None,
            "current_step": None,
            "current_action": None, "current_narration": None, "completed_at": now,
            "updated_at": now,
        }  # fmt: skip
        return super(AnnouncedQuerySet, self.active()).update(**ended)


class AutouserRun(StatusModel):
    """One agent on one comparison. Its end is announced, unless it was cancelled.

    `due_at` is the queue: when a worker may take the run. While one works on
    it, that is when its lease runs out; once the run is over there is none.
    """

    ANNOUNCED: ClassVar = frozenset({"status"})
    CREATION_IS_ANNOUNCED: ClassVar = False

    NEXT_STATUSES: ClassVar[dict[str, frozenset[str]]] = {
        RunStatus.PENDING: frozenset({RunStatus.RUNNING, RunStatus.CANCELLED}),
        RunStatus.RUNNING: frozenset(TERMINAL),
        RunStatus.COMPLETED: frozenset(),
        RunStatus.FAILED: frozenset(),
        RunStatus.CANCELLED: frozenset(),
    }

    id = CuidField(primary_key=True)
    team = models.ForeignKey(
        Team,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,  # it is the beginning of `run_by_team`
        help_text="Whose quota it uses. A team that is deleted takes no other team's runs along.",
    )
    evaluation = models.ForeignKey(  # its index is the beginning of `run_by_evaluation`
        Evaluation, models.CASCADE, related_name="runs", db_index=False
    )
    comparison = models.ForeignKey(Comparison, models.CASCADE, related_name="runs")
    autouser = models.ForeignKey(Autouser, models.RESTRICT, related_name="runs")
    agent = models.PositiveIntegerField(help_text="Which of the autouser's agents, from 1.")
    replaces = models.OneToOneField(
        "self", models.SET_NULL, null=True, blank=True, related_name="replaced_by"
    )
    rubric = models.ForeignKey(Rubric, models.SET_NULL, null=True, blank=True, related_name="+")
    engine = models.CharField(max_length=40, blank=True)
    observations = models.ManyToManyField(Observation, related_name="runs", blank=True)
    awaits = models.ForeignKey(  # its index is `run_by_awaited`
        Observation, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False,
        help_text="Another run's visit that it waits for, without a worker.",
    )  # fmt: skip
    quota_month = models.DateField(help_text="The month whose quota was reserved for it.")

    status = models.CharField(max_length=9, choices=RunStatus.choices, default=RunStatus.PENDING)
    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    lease = models.CharField(max_length=32, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Workers that took it on.")
    current_step = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001 - the API answers null
    current_action = models.TextField(null=True, blank=True)  # noqa: DJ001 - the API answers null
    current_narration = models.TextField(null=True, blank=True)  # noqa: DJ001 - the API answers null
    ratings_created = models.PositiveSmallIntegerField(default=0)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    estimated_cost_usd = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    credential_source = models.CharField(max_length=20, default="platform")
    artifacts_path = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 - the API answers null
    error = models.TextField(null=True, blank=True)  # noqa: DJ001 - the API answers null
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = "run"
        permissions: ClassVar = [("operate_autouserrun", "Can stop and repeat runs")]
        indexes: ClassVar = [
            # The queue: active runs only.
            models.Index(
                fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="run_due"
            ),
            # Runs that continue when a visit ends.
            models.Index(
                fields=["awaits"], condition=Q(awaits__isnull=False), name="run_by_awaited"
            ),
            # GET …/autouser-status, and "is any of them still active?"
            models.Index(fields=["evaluation", "status"], name="run_by_evaluation"),
            # GET /usage: what a team's runs cost, by day.
            models.Index(fields=["team", "created_at"], name="run_by_team"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=RunStatus.values), name="run_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ACTIVE, due_at__isnull=False)
                | Q(status__in=TERMINAL, due_at__isnull=True),
                name="run_due_until_it_is_over",
            ),
            models.CheckConstraint(
                condition=~Q(status=RunStatus.FAILED) | Q(error__isnull=False),
                name="run_failed_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.autouser_id} #{self.agent}"

    @property
    def is_active(self) -> bool:
        """Whether it is pending or running."""
        return self.status in ACTIVE

    @property
    def is_first_look(self) -> bool:
        """Whether no worker had it before the one that has just claimed it."""
        return self.started_at == self.updated_at

    @property
    def autouser_type(self) -> str:
        """Whether its autouser is built in, in the API's word."""
        return "builtin" if self.autouser.is_system else "custom"

    @property
    def rater(self) -> str:
        """The rater id of the agent; the same on every comparison."""
        return f"autouser:{self.autouser_id}:{self.agent}"

    @property
    def seed(self) -> str:
        """The seed of the agent's variation; the same agent always gets the same seed."""
        parts = (self.evaluation_id, self.comparison_id, self.autouser_id, str(self.agent))
        return hashlib.sha256("/".join(parts).encode()).hexdigest()

    def take(self, lease: str, now: datetime) -> None:
        """Claim the run for a worker; does not save."""
        self.change_status(RunStatus.RUNNING)
        self.lease = lease
        self.awaits = None
        self.due_at = now + timedelta(seconds=settings.RUN_LEASE_SECONDS)
        self.attempts += 1
        self.started_at = self.started_at or now
        self.updated_at = now

    def complete(self) -> None:
        """Complete it with its rating; does not save."""
        self._end(RunStatus.COMPLETED)
        self.ratings_created = 1

    def fail(self, error: str) -> None:
        """Fail it with a reason; does not save."""
        self._end(RunStatus.FAILED)
        self.error = error

    def cancel(self) -> None:
        """Cancel it; does not save."""
        self._end(RunStatus.CANCELLED)

    def _end(self, status: str) -> None:
        self.change_status(status)
        self.due_at = None
        self.lease = ""
        self.current_step = self.current_action = self.current_narration = None
        self.completed_at = self.updated_at = timezone.now()


#: The columns that a worker changes; saving a run's progress or end saves all of them.
WORKED_ON = (
    "status", "due_at", "lease", "awaits", "attempts", "rubric", "engine", "current_step",
    "current_action", "current_narration", "ratings_created", "input_tokens", "output_tokens",
    "estimated_cost_usd", "artifacts_path", "error", "started_at", "completed_at", "updated_at",
)  # fmt: skip


class RunTurn(models.Model):
    """One model call of a run, and its cost."""

    run = models.ForeignKey(  # its index is the beginning of `turn_once`
        AutouserRun, models.CASCADE, related_name="turns", db_index=False
    )
    index = models.PositiveIntegerField()
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost_usd: Any = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["index"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "index"], name="turn_once"),
        ]

    def __str__(self) -> str:
        return f"turn {self.index}"
