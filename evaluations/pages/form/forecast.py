"""What starting a study would do: its runs, their cost, the quota after them, and warnings."""

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from autousers.engine import get_engine
from autousers.personas.selection import check_selection
from autousers.runs.previews import preview
from evaluations.models import Evaluation, EvaluationMethod, ShareAccess
from evaluations.pages.form.parts import Body
from evaluations.pages.refusals import Refused, told
from evaluations.rest.evaluation_serializers import EvaluationCreateSerializer
from evaluations.rest.evaluation_views import SHORT_PASSWORD
from evaluations.studies import services
from teams.limits import quotas
from teams.models import Meter, Team

#: The fields that runs and their cost depend on.
NEEDED = ("type", "designUrls", "comparisonPairs", "selectedAutousers", "evaluationMethod")


@dataclass
class Forecast:
    """The dry run of a form."""

    comparisons: int = 0
    personas: int = 0
    agents: int = 0
    runs: int = 0
    cost: float = 0.0
    engine: str = ""
    used: int = 0
    limit: int | None = None
    end: str = ""
    only_people: bool = False
    unclear: bool = False
    """Whether a refused field prevents the forecast of the runs."""
    warnings: list[str] = field(default_factory=list)

    @property
    def after(self) -> int:
        """The use of the quota after the runs."""
        return self.used + self.runs


def forecast(*, team: Team, body: Body) -> Forecast:
    """Forecast the effects of starting. Nothing is written."""
    found = Forecast(
        engine=get_engine(settings.ENGINE).name,
        end=_end(body),
        only_people=body["evaluationMethod"] == EvaluationMethod.MANUAL,
    )
    try:
        with told():
            study = _built(team, body)
    except Refused:
        found.unclear = True
    else:
        _count(found, study)
        _count_quota(found, team)
        found.warnings += _about_raters(found, body)
    found.warnings += _about_people(body)
    return found


def _built(team: Team, body: Body) -> Evaluation:
    """The study that the form describes, as far as runs and cost depend on it."""
    sent = {"name": "A dry run", **{name: body[name] for name in NEEDED}}
    wizard = EvaluationCreateSerializer.parse(sent)
    method = wizard["evaluationMethod"]
    autousers = [] if method == EvaluationMethod.MANUAL else wizard["selectedAutousers"]
    wizard["selectedAutousers"] = check_selection(team, autousers)
    services.number_stimuli(wizard)
    study = Evaluation(team=team, type=wizard["type"], evaluation_method=method, wizard=wizard)
    study.shown_comparisons = services.comparisons_of(study)
    return study


def _count(found: Forecast, study: Evaluation) -> None:
    told_by_api = preview(study, [])
    found.comparisons = len(study.shown_comparisons)
    found.personas = len(study.selected_autousers)
    found.agents = sum(one["agentCount"] for one in study.selected_autousers)
    found.runs = (told_by_api["wouldRun"] or {}).get("totalRuns", 0)
    found.cost = (told_by_api["costEstimate"] or {}).get("totalUsd", 0.0)
    found.warnings = [warning["message"] for warning in told_by_api["warnings"]]


def _count_quota(found: Forecast, team: Team) -> None:
    meter = quotas.counts(team=team, period=quotas.Period.current())[Meter.AUTOUSER_RATINGS]
    found.used, found.limit = meter.used + meter.reserved, meter.limit


def _about_raters(found: Forecast, body: Body) -> list[str]:
    warnings = []
    if not found.comparisons:
        warnings.append("There is nothing to rate yet. Add a design.")
    if body["evaluationMethod"] != EvaluationMethod.MANUAL and not found.agents:
        warnings.append("Autousers are to rate, but none are chosen.")
    if found.limit is not None and found.after > found.limit:
        warnings.append(
            f"The quota of this month has {max(found.limit - found.used, 0):,} ratings left: "
            "fewer than there would be runs."
        )
    return warnings


def _about_people(body: Body) -> list[str]:
    warnings = []
    expiry = body["shareExpiry"]
    if expiry and expiry < f"{timezone.now():%Y-%m-%dT%H:%M}":
        warnings.append("The date of the end is over. People could not rate.")
    password = body.get("sharePassword", "")
    if 0 < len(password) < SHORT_PASSWORD:
        warnings.append(f"A password below {SHORT_PASSWORD} characters is easy to guess.")
    only_people = body["evaluationMethod"] == EvaluationMethod.MANUAL
    if only_people and body["shareAccess"] == ShareAccess.TEAM_ONLY:
        warnings.append("Only your team, and people it shares the study with, could rate.")
    return warnings


def _end(body: Body) -> str:
    if body["evaluationMethod"] == EvaluationMethod.AI:
        return "The study ends by itself when all runs are over."
    ends = []
    if body["shareExpiry"]:
        ends.append(f"on {_in_words(body['shareExpiry'])}")
    if body["endsAtPeople"]:
        ends.append(f"when {body['endsAtPeople']} people have rated everything")
    if not ends:
        return "People can rate until you end the study."
    return f"The study ends by itself {' or '.join(ends)}."


def _in_words(moment: str) -> str:
    """A typed time in the page's words; other text stays unchanged."""
    try:
        return f"{datetime.fromisoformat(moment):%-d %B %Y, %H:%M} UTC"
    except ValueError:
        return moment
