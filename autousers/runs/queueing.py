"""Queueing runs: choosing agents and comparisons, and reserving quota."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from api import ids
from api.exceptions import InvalidRequest
from autousers.engine import engine_name, get_engine, proxy_regions
from autousers.models import Autouser, AutouserRun
from autousers.personas.selection import pick_autousers
from autousers.runs import wake
from autousers.runs.lifecycle import METER
from autousers.runs.specs import stimuli_of
from evaluations.models import (
    STATUS_FIELDS,
    BrowserEngine,
    Comparison,
    Evaluation,
    EvaluationNotRunning,
    EvaluationStatus,
)
from evaluations.studies.services import AutousersNeeded
from teams.limits import quotas

#: Most runs per request.
MOST_RUNS = 10_000


class EvaluationClosed(EvaluationNotRunning):
    """Only a Draft or Running evaluation can be looked at by autousers."""

    def __init__(self, status: str) -> None:
        super().__init__(
            f"Autousers rate Draft and Running evaluations only; this one is {status}."
        )


class StimuliNeeded(InvalidRequest):
    """The evaluation has no designs or pairs."""

    code = "stimuli_required"
    message = "The evaluation has nothing to look at yet: add designUrls or comparisonPairs."


class DesignNotVisible(InvalidRequest):
    """The engine cannot look at a design of this kind, for example a picture without a model."""

    code = "design_not_visible"

    def __init__(self, kinds: Iterable[str]) -> None:
        super().__init__(f"{unseeable_text(kinds)} Choose other designs with comparisonIds.")


@dataclass(frozen=True)
class Plan:
    """The runs that a request would queue: every agent rates every comparison."""

    agents: Sequence[Autouser]
    comparisons: Sequence[Comparison]
    replaces: AutouserRun | None = None

    @property
    def total(self) -> int:
        """The number of runs."""
        return len(self.agents) * len(self.comparisons)


def plan_runs(evaluation: Evaluation, values: dict[str, Any]) -> Plan:
    """The runs that a validated body asks for; defaults come from the evaluation's selection.

    Raises:
        EvaluationClosed: when the evaluation is over.
        AutousersNeeded: when nobody was selected.
        InvalidRequest: for ids that do not exist here, nothing to look at, or too much at once.
    """
    if evaluation.status not in (EvaluationStatus.DRAFT, EvaluationStatus.RUNNING):
        raise EvaluationClosed(evaluation.status)
    refuse_unconfigured(evaluation)
    if "replaceRunId" in values:
        return _replacement(evaluation, values)
    agents = _agents(evaluation, values.get("autouserIds"))
    comparisons = _comparisons(evaluation, values.get("comparisonIds"))
    plan = Plan(agents, comparisons)
    if plan.total > MOST_RUNS:
        raise InvalidRequest(
            f"That would be {plan.total:,} runs; one request queues at most {MOST_RUNS:,}. "
            "Name fewer autouserIds or comparisonIds.",
            param="autouserIds",
        )
    return plan


def refuse_unconfigured(evaluation: Evaluation) -> None:
    """Refuse a browser or a proxy that this server does not have, instead of leaving it out.

    Raises:
        InvalidRequest: with what there is.
    """
    wants_camoufox = evaluation.browser_engine == BrowserEngine.CAMOUFOX
    if wants_camoufox and not (settings.CAMOUFOX and _has_browser()):
        raise InvalidRequest(
            "browserEngine: This server has no CAMOUFOX; choose CHROME, or leave it out.",
            param="browserEngine",
        )
    if not evaluation.use_proxy:
        return
    if not _has_browser():
        raise InvalidRequest(
            "useProxy: No browser looks at designs on this server, and only a browser uses "
            "proxies; leave useProxy out.",
            param="useProxy",
        )
    regions = proxy_regions()
    if not regions:
        raise InvalidRequest(
            "useProxy: This server has no proxies; leave useProxy out.", param="useProxy"
        )
    if evaluation.proxy_region is not None and evaluation.proxy_region not in regions:
        raise InvalidRequest(
            f"proxyRegion: This server has no proxy there. One of {', '.join(regions)}.",
            param="proxyRegion",
        )


def _has_browser() -> bool:
    """Whether visits are made by a browser: what reads markup alone has no other and no proxy."""
    return engine_name() != "markup"


def unseeable(evaluation: Evaluation, comparisons: Iterable[Comparison]) -> list[str]:
    """The kinds of designs that the engine of this server cannot look at."""
    kinds = {stimulus.kind for one in comparisons for stimulus in stimuli_of(one, evaluation.type)}
    return sorted(kinds - get_engine(settings.ENGINE).kinds)


def unseeable_text(kinds: Iterable[str]) -> str:
    """Why designs of some kinds are not rated, in a sentence."""
    return (
        f"Autousers cannot look at {' or '.join(kinds)}: that takes a model, and this server has "
        "none."
    )


@transaction.atomic(savepoint=False)
def queue_runs(evaluation: Evaluation, plan: Plan) -> list[AutouserRun]:
    """Queue planned runs of an evaluation whose row the caller has locked.

    A Draft begins to run. One rating of the quota is reserved for each run.

    Raises:
        DesignNotVisible: when the engine cannot look at one of the designs.
        QuotaExceeded: when the month has fewer ratings left than there would be runs.
    """
    if kinds := unseeable(evaluation, plan.comparisons):
        raise DesignNotVisible(kinds)
    period = quotas.reserve(team=evaluation.team, meter=METER, amount=plan.total)
    runs = _new_runs(evaluation, plan, period.month)
    AutouserRun.objects.bulk_create(runs, batch_size=500)
    evaluation.forget_runs()
    if evaluation.change_status(EvaluationStatus.RUNNING):
        evaluation.updated_at = timezone.now()
        evaluation.save(update_fields=[*STATUS_FIELDS, "updated_at"])
    transaction.on_commit(wake.worker, robust=True)
    return runs


def _new_runs(evaluation: Evaluation, plan: Plan, month: Any) -> list[AutouserRun]:
    """One run per agent and comparison; numbering of agents continues."""
    if plan.replaces is not None:
        numbered = [(plan.agents[0], plan.replaces.agent)]
    else:
        numbered = _numbered(evaluation, plan.agents)
    return [
        AutouserRun(
            team=evaluation.team,
            evaluation=evaluation,
            comparison=comparison,
            autouser=autouser,
            agent=agent,
            replaces=plan.replaces,
            quota_month=month,
        )
        for autouser, agent in numbered
        for comparison in plan.comparisons
    ]


def _numbered(evaluation: Evaluation, agents: Sequence[Autouser]) -> list[tuple[Autouser, int]]:
    last = dict(
        AutouserRun.objects.filter(evaluation=evaluation)
        .order_by()
        .values_list("autouser_id")
        .annotate(Max("agent"))
    )
    numbered = []
    for autouser in agents:
        last[autouser.pk] = last.get(autouser.pk, 0) + 1
        numbered.append((autouser, last[autouser.pk]))
    return numbered


def _agents(evaluation: Evaluation, wanted: Sequence[str] | None) -> list[Autouser]:
    """One entry per agent, grouped by autouser."""
    if wanted is not None:
        return pick_autousers(evaluation.team, wanted, param="autouserIds.{index}")
    selected = evaluation.selected_autousers
    found = pick_autousers(
        evaluation.team,
        [one["autouserId"] for one in selected],
        param="selectedAutousers.{index}.autouserId",
    )
    agents = [
        autouser
        for autouser, one in zip(found, selected, strict=True)
        for _ in range(one["agentCount"])
    ]
    if not agents:
        raise AutousersNeeded(
            "No autousers are selected. Send autouserIds, or select some for the evaluation.",
            param="autouserIds",
        )
    return agents


def _comparisons(evaluation: Evaluation, wanted: Sequence[str] | None) -> list[Comparison]:
    there = {
        comparison.pk: comparison for comparison in evaluation.comparisons.order_by("position")
    }
    if not there:
        raise StimuliNeeded
    if not wanted:
        return list(there.values())
    chosen: dict[str, Comparison] = {}
    for index, name in enumerate(wanted):
        comparison = there.get(ids.parse(name) or "")
        if comparison is None:
            param = f"comparisonIds.{index}"
            raise InvalidRequest(f"{param}: There is no such comparison here.", param=param)
        chosen[comparison.pk] = comparison
    return list(chosen.values())


def _replacement(evaluation: Evaluation, values: dict[str, Any]) -> Plan:
    """A plan to replace an ended run: the same agent on the same comparison."""
    runs = AutouserRun.objects.select_related("autouser", "comparison").defer(
        "autouser__system_prompt", "autouser__capabilities", "autouser__config"
    )
    run = runs.filter(evaluation=evaluation, pk=ids.parse(values["replaceRunId"])).first()
    if run is None:
        raise _wrong_replacement("There is no such run of this evaluation.")
    if run.is_active:
        raise _wrong_replacement("This run is not over yet; stop it first.")
    if AutouserRun.objects.filter(replaces=run).exists():
        raise _wrong_replacement("This run was replaced already; replace the later one.")
    named = pick_autousers(
        evaluation.team, values.get("autouserIds") or [], param="autouserIds.{index}"
    )
    if any(autouser.pk != run.autouser_id for autouser in named):
        raise InvalidRequest(
            "autouserIds: A run is replaced by its own autouser, and by no other.",
            param="autouserIds",
        )
    if run.autouser.deleted_at is not None:
        raise _wrong_replacement("Its autouser was deleted.")
    return Plan([run.autouser], [run.comparison], replaces=run)


def _wrong_replacement(reason: str) -> InvalidRequest:
    return InvalidRequest(f"replaceRunId: {reason}", param="replaceRunId")
