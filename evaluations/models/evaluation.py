"""The model of an evaluation."""

import secrets
import string
from functools import cache
from typing import Any, ClassVar, Self

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import models, transaction
from django.db.models import Count, F, FilteredRelation, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import JSONObject, Length
from django.utils import timezone
from django.utils.functional import cached_property

from api.database.announced import AnnouncedQuerySet, StatusModel
from api.database.compiled import Compiled
from api.database.fields import CuidField
from api.exceptions import InvalidRequest
from evaluations.models.choices import (
    DESCRIPTION_LIMIT,
    NAME_LIMIT,
    OPEN_STATUSES,
    OTHER_STIMULI,
    RUN_STATUSES,
    BrowserEngine,
    EvaluationMethod,
    EvaluationStatus,
    EvaluationType,
    ShareAccess,
)
from teams.models import Caller, Team, TenantQuerySet, in_teams_of

models.CharField.register_lookup(Length)
models.TextField.register_lookup(Length)

TOKEN_ALPHABET = string.ascii_letters + string.digits


#: The columns that `change_status` changes. Save all of them together.
STATUS_FIELDS = ("status", "transition", "completed_at")


class InvalidTransition(InvalidRequest):
    """The evaluation cannot move from its status to the one asked for."""

    code = "invalid_transition"

    def __init__(self, current: str, wanted: str) -> None:
        super().__init__(f"An evaluation cannot move from {current} to {wanted}.", param="status")


class EvaluationNotRunning(InvalidRequest):
    """The request needs a Running evaluation; the message names the status of this one."""

    code = "evaluation_not_running"


def new_share_token() -> str:
    """The secret part of a share link."""
    return "shr_" + "".join(secrets.choice(TOKEN_ALPHABET) for _ in range(16))


class EvaluationQuerySet(  # type: ignore[override] # the plugin types `as_manager` by class
    TenantQuerySet["Evaluation"], AnnouncedQuerySet["Evaluation"]
):
    """Reads of evaluations."""

    def visible_to(self, caller: Caller) -> Self:
        """The evaluations of the caller's teams and, for a person, those shared with them.

        A key acts on its team alone, whatever was shared with its owner.
        """
        if caller.is_bearer:
            return self.in_teams_of(caller)
        shared = _shared_with(caller.person)
        return self.filter(in_teams_of(caller) | Q(pk__in=shared))

    def with_share_of(self, person: str) -> Self:
        """With `share_permission`: that of a person's share; None where they have none."""
        mine = FilteredRelation("shares", condition=Q(shares__user=person))
        return self.annotate(share_of=mine, share_permission=F("share_of__permission"))

    def bare(self, *, wizard: bool = False) -> Self:
        """With its team, without the large columns: for callers that need only the parent row.

        With `wizard` also what the study is made of.
        """
        large = ["agreement_cache"] if wizard else ["agreement_cache", "wizard"]
        return self.select_related("team").defer(*large)

    def whole(self) -> Self:
        """With all that a reply shows, in a fixed number of queries."""
        return (
            self.select_related("team", "created_by")
            .defer("agreement_cache")
            .prefetch_related(_shown_comparisons())
            .with_run_counts()
        )

    def with_run_counts(self) -> Self:
        """With `counted_runs`: how many runs each has, by status; None where it has none."""
        return self.annotate(counted_runs=_counts_of_runs())


def _shared_with(person: str) -> models.QuerySet[Any]:
    """The ids of the evaluations that a person holds a share of."""
    shares: Any = apps.get_model("evaluations", "Share")
    return shares.objects.filter(user=person).values("evaluation_id")


def _shown_comparisons() -> "Prefetch[Any]":
    """The comparisons of a reply, without their designs, which are in the wizard already."""
    comparisons: Any = apps.get_model("evaluations", "Comparison")
    rows = comparisons.objects.defer("stimulus")
    return Prefetch("comparisons", rows, to_attr="shown_comparisons")


@cache
def _counts_of_runs() -> Subquery:
    """How many runs an evaluation has, by status, for its queries; null when it has none."""
    runs = apps.get_model("autousers", "AutouserRun").objects.filter(evaluation=OuterRef("pk"))
    counts = {status: Count("pk", filter=Q(status=status)) for status in RUN_STATUSES}
    summary = JSONObject(total=Count("pk"), **counts)
    return Subquery(
        runs.order_by().values("evaluation").annotate(summary=summary).values("summary"),
        output_field=models.JSONField(),
    )


class Evaluation(StatusModel):
    """An evaluation of one or more designs.

    `transition` counts the changes of `status`; it makes "one event per
    change" a fact of the database. `completed_at` is set once, when the study
    ends for the first time.
    """

    ANNOUNCED: ClassVar = frozenset({"status", "transition", "completed_at"})

    #: The allowed changes of status. No change leads back to Draft.
    NEXT_STATUSES: ClassVar[dict[str, frozenset[str]]] = {
        EvaluationStatus.DRAFT: frozenset(
            {EvaluationStatus.RUNNING, EvaluationStatus.ENDED, EvaluationStatus.ARCHIVED}
        ),
        EvaluationStatus.RUNNING: frozenset({EvaluationStatus.ENDED, EvaluationStatus.ARCHIVED}),
        EvaluationStatus.ENDED: frozenset({EvaluationStatus.RUNNING, EvaluationStatus.ARCHIVED}),
        EvaluationStatus.ARCHIVED: frozenset({EvaluationStatus.ENDED}),
    }

    id = CuidField(primary_key=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="evaluations")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=NAME_LIMIT)
    description = models.TextField(null=True, blank=True, max_length=DESCRIPTION_LIMIT)  # noqa: DJ001 - the API tells null from ""
    type = models.CharField(
        max_length=3, choices=EvaluationType.choices, default=EvaluationType.SSE
    )
    status = models.CharField(
        max_length=8, choices=EvaluationStatus.choices, default=EvaluationStatus.DRAFT
    )
    transition = models.PositiveIntegerField(default=0, editable=False)

    share_token = models.CharField(max_length=20, default=new_share_token, unique=True)
    share_access = models.CharField(
        max_length=18, choices=ShareAccess.choices, default=ShareAccess.TEAM_ONLY
    )
    share_password = models.CharField(max_length=128, blank=True, editable=False)
    share_require_email = models.BooleanField(default=False)
    share_require_name = models.BooleanField(default=False)
    share_allow_anon = models.BooleanField(default=False)
    share_expiry = models.DateTimeField(null=True, blank=True)
    editors_can_share = models.BooleanField(default=True)
    ends_at_people = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="It ends by itself when so many people have rated all of it.",
    )

    allow_multiple_ratings = models.BooleanField(default=False)
    evaluation_method = models.CharField(
        max_length=6, choices=EvaluationMethod.choices, default=EvaluationMethod.MANUAL
    )
    browser_engine = models.CharField(  # noqa: DJ001 - null: the installation's default applies
        max_length=8, choices=BrowserEngine.choices, null=True, blank=True
    )
    use_proxy = models.BooleanField(null=True, blank=True)
    proxy_region = models.TextField(null=True, blank=True)  # noqa: DJ001 - null: the default
    model_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - null: the default
    template_id = models.TextField(null=True, blank=True)  # noqa: DJ001 - null: none was chosen
    wizard = models.JSONField(
        default=dict,
        help_text="What the study is made of, by the API's field names.",
    )

    ratings_count = models.PositiveIntegerField(
        default=0, editable=False, help_text="Kept with each rating, under the row's lock."
    )
    agreement_cache = models.JSONField(
        null=True, blank=True, editable=False, help_text="How far raters agree, as computed last."
    )
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    #: The permission of the caller's share, where `with_share_of` read it.
    share_permission: str | None = None

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # GET /evaluations: newest change first within a team, by keyset.
            models.Index(fields=["team", "-updated_at", "-id"], name="evaluation_list"),
            # The periodic search for expired share links of studies that are still open.
            models.Index(
                fields=["share_expiry"],
                condition=Q(status=EvaluationStatus.RUNNING, completed_at__isnull=True)
                & Q(share_expiry__isnull=False),
                name="evaluation_expiring",
            ),
            # The periodic search for studies that end once enough people have rated them.
            models.Index(
                fields=["ends_at_people"],
                condition=Q(status=EvaluationStatus.RUNNING, completed_at__isnull=True)
                & Q(ends_at_people__isnull=False),
                name="evaluation_counting",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(type__in=EvaluationType.values), name="evaluation_type_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=EvaluationStatus.values),
                name="evaluation_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(share_access__in=ShareAccess.values),
                name="evaluation_share_access_known",
            ),
            models.CheckConstraint(
                condition=models.Q(evaluation_method__in=EvaluationMethod.values),
                name="evaluation_method_known",
            ),
            models.CheckConstraint(
                condition=models.Q(browser_engine__isnull=True)
                | models.Q(browser_engine__in=BrowserEngine.values),
                name="evaluation_browser_engine_known",
            ),
            models.CheckConstraint(
                condition=models.Q(name__length__gte=1, name__length__lte=NAME_LIMIT),
                name="evaluation_name_length",
            ),
            models.CheckConstraint(
                condition=models.Q(description__isnull=True)
                | models.Q(description__length__lte=DESCRIPTION_LIMIT),
                name="evaluation_description_length",
            ),
            models.CheckConstraint(
                condition=~models.Q(share_access=ShareAccess.PASSWORD_PROTECTED)
                | ~models.Q(share_password=""),
                name="evaluation_protected_by_a_password",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at_people__isnull=True) | models.Q(ends_at_people__gte=1),
                name="evaluation_ends_at_one_person_or_more",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def change_status(self, status: str) -> bool:
        """Move to a status, without saving; False when it is there already.

        Ending sets `completed_at` the first time; restoring from the archive does not. The caller
        holds the row's lock, or is alone.

        Raises:
            InvalidTransition: when the status cannot be reached from here.
        """
        if not super().change_status(status):
            return False
        self.forget_runs()  # if the lock was waited for, their count is from before
        self.transition += 1
        ends = status == EvaluationStatus.ENDED and self.previous_status in OPEN_STATUSES
        if ends and self.completed_at is None:
            self.completed_at = timezone.now()
        return True

    def refused(self, status: str) -> Exception:
        """The error for a change that `NEXT_STATUSES` does not allow."""
        return InvalidTransition(self.status, status)

    @transaction.atomic
    def move_to(self, status: str) -> bool:
        """Change the status and save; False when it was there already.

        The row is locked and read again first, so of two callers at once one
        moves it and the other sees the new status.
        """
        current = Evaluation.objects.locked().get(pk=self.pk)
        moved = current.change_status(status)
        if moved:
            current.updated_at = timezone.now()
            current.save(update_fields=[*STATUS_FIELDS, "updated_at"])
        self.refresh_from_db(fields=[*STATUS_FIELDS, "updated_at"])
        return moved

    def has_share_password(self, password: str) -> bool:
        """Whether this is the password of the share link."""
        return bool(self.share_password) and check_password(password, self.share_password)

    def set_share_password(self, password: str) -> None:
        """Keep the hash of a password for the share link."""
        self.share_password = make_password(password)

    @property
    def selected_autousers(self) -> list[dict[str, Any]]:
        """The autousers chosen to rate, with the number of agents of each."""
        return list(self.wizard.get("selectedAutousers", []))

    @property
    def wants_autousers(self) -> bool:
        """Whether its method includes autousers."""
        return self.evaluation_method != EvaluationMethod.MANUAL

    @property
    def draws_lots(self) -> bool:
        """Whether comparisons and sides are shuffled for each person."""
        return bool(self.wizard.get("randomizeOrder", True))

    @property
    def selected_dimension_ids(self) -> list[str]:
        """The ids of its dimensions, in order."""
        return list(self.wizard.get("selectedDimensionIds", []))

    def count_ratings(self, difference: int) -> None:
        """Change the stored number of ratings; the caller holds the row's lock."""
        Evaluation.objects.filter(pk=self.pk).update(ratings_count=F("ratings_count") + difference)
        self.ratings_count += difference

    @property
    def run_summary(self) -> dict[str, int]:
        """How many runs it has, by status; without a query after `whole()`."""
        if "counted_runs" not in self.__dict__:
            counted = COUNTED.first(self.pk)
            if counted is None:
                raise Evaluation.DoesNotExist("The evaluation was deleted meanwhile.")
            self.__dict__["counted_runs"] = counted.__dict__["counted_runs"]
        none = dict.fromkeys(("total", *RUN_STATUSES), 0)
        return self.__dict__["counted_runs"] or none

    def forget_runs(self) -> None:
        """Drop the counted runs, so that the next read counts them again."""
        self.__dict__.pop("counted_runs", None)

    @cached_property
    def shown_comparisons(self) -> list[Any]:
        """What raters are shown; without the designs, unless it was made just now."""
        return list(self.comparisons.defer("stimulus"))

    @property
    def comparisons_count(self) -> int:
        """The number of comparisons; without a query if they were fetched."""
        return len(self.shown_comparisons)

    def stimuli_fit(self, evaluation_type: str) -> bool:
        """Whether its stimuli fit a type: single designs, or pairs."""
        return not self.wizard.get(OTHER_STIMULI[EvaluationType(evaluation_type)])


#: The counts of runs of one evaluation: each change of status with an event reads them.
COUNTED = Compiled(lambda pk: Evaluation.objects.filter(pk=pk).only("pk").with_run_counts())
