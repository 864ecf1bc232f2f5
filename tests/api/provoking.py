"""Ways to be refused: each provokes a refusal by what a caller sends, and gives the reply."""

from types import SimpleNamespace
from typing import Any

from api.ids import cuid
from autousers.calibration.optimisation import CRITERIA_LIMIT
from autousers.models import Autouser
from autousers.rest.runs.slots import Slots
from evaluations.rest.evaluation_views import EvaluationListView
from teams.models import ApiKey, Role, User
from teams.people.services import register_user
from tests.autousers.studies import make_study, rate_all
from tests.clients import ApiClient
from tests.conftest import make_key, make_member, make_team, make_user
from tests.evaluations.sharing.shared import make_outsider, make_share
from webhooks.models import WebhookDelivery

EVALUATIONS = "/api/v1/evaluations"
TEMPLATES = "/api/v1/templates"
AUTOUSERS = "/api/v1/autousers"
WEBHOOKS = "/api/v1/webhooks"
EVENTS = "/api/v1/events"
TEAMS = "/api/v1/teams"
KEYS = "/api/v1/api-keys"

World = SimpleNamespace


# --- callers -----------------------------------------------------------------------------


def foreign(world: World) -> str:
    response = ApiClient(make_key(world.other_team)).post(EVALUATIONS, {"name": "Theirs"})
    return f"{EVALUATIONS}/{response.json()['id']}"


def with_key(world: World, **changes: Any) -> ApiClient:
    token = make_key(world.team)
    ApiKey.objects.filter(digest=ApiKey.digest_of(token)).update(**changes)
    return ApiClient(token)


def member(world: World, role: Role) -> ApiClient:
    return ApiClient(make_key(world.team, make_member(world.team, role)))


def poor(plan: str) -> ApiClient:
    return ApiClient(make_key(make_team(owner=make_user("poor@example.org"), plan=plan)))


# --- requests ----------------------------------------------------------------------------


def twice(world: World) -> Any:
    headers = {"Idempotency-Key": "once"}
    assert world.api.post(EVALUATIONS, {"name": "First"}, headers=headers).status_code == 201
    return world.api.post(EVALUATIONS, {"name": "Second"}, headers=headers)


def raising(world: World, error: BaseException) -> Any:
    """What a request gets when the view behind it raises this."""

    def fail(*_: Any, **__: Any) -> None:
        raise error

    world.monkeypatch.setattr(EvaluationListView, "get", fail)
    return world.api.get(EVALUATIONS)


def without_csrf_token(world: World) -> Any:
    return world.session(enforce_csrf_checks=True).patch(world.path, {"name": "New"})


# --- sharing ------------------------------------------------------------------------------


def outsider(world: World) -> ApiClient:
    client = ApiClient()
    client.force_login(make_outsider())
    return client


def invited_holder(world: World) -> Any:
    make_share(world.path.rpartition("/")[2], holder := make_outsider())
    return world.api.post(f"{world.path}/invites", {"email": holder.email})


def changed_by_a_viewer(world: World) -> Any:
    client = outsider(world)
    make_share(world.path.rpartition("/")[2], User.objects.get(email="outsider@example.org"))
    return client.patch(world.path, {"name": "New"})


def decided_twice(world: World) -> Any:
    path = f"{world.path}/access-requests"
    asked = f"{path}/{outsider(world).post(path).json()['id']}"
    world.api.post(f"{asked}/decline")
    return world.api.post(f"{asked}/approve")


def asked_too_often(world: World) -> Any:
    client, path = outsider(world), f"{world.path}/access-requests"
    for _ in range(3):
        client.post(f"{path}/{client.post(path).json()['id']}/withdraw")
    return client.post(path)


# --- webhooks ----------------------------------------------------------------------------


def webhooks_off(world: World) -> Any:
    world.settings.WEBHOOKS_ENABLED = False
    return world.api.get(WEBHOOKS)


def too_many_endpoints(world: World) -> Any:
    world.settings.WEBHOOK_ENDPOINT_LIMIT = 0
    return world.api.post(WEBHOOKS, {"url": "https://example.com", "enabled_events": ["*"]})


def new_endpoint(world: World) -> str:
    response = world.api.post(WEBHOOKS, {"url": "https://example.com", "enabled_events": ["*"]})
    return f"{WEBHOOKS}/{response.json()['id']}"


def to_deleted_endpoint(world: World) -> Any:
    endpoint = new_endpoint(world)
    world.api.patch(world.path, {"status": "Running"})
    world.api.delete(endpoint)
    return world.api.post(f"{WEBHOOKS}/deliveries/{WebhookDelivery.objects.get().pk}/retry")


def to_disabled_endpoint(world: World) -> Any:
    endpoint = new_endpoint(world)
    world.api.patch(endpoint, {"status": "disabled"})
    return world.api.post(f"{endpoint}/catch-up")


# --- people and keys ---------------------------------------------------------------------


def team_path(world: World) -> str:
    return f"{TEAMS}/{world.team.pk}"


def personal_team(world: World) -> Any:
    team = register_user(email="new@example.org", name="Nora").owned_teams.get()
    return world.session(team.owner).delete(f"{TEAMS}/{team.pk}")


def invite(world: World) -> Any:
    body = {"email": "a@example.org", "role": "Viewer"}
    return world.api.post(f"{team_path(world)}/members", body)


def invited_twice(world: World) -> Any:
    invite(world)
    return invite(world)


def invited_too_often(world: World) -> Any:
    for _ in range(3):
        world.api.delete(f"{team_path(world)}/members/{invite(world).json()['id']}")
    return invite(world)


def team_is_full(world: World) -> Any:
    world.settings.MEMBERS_PER_TEAM = 1
    assert invite(world).status_code == 201
    return world.api.post(
        f"{team_path(world)}/members", {"email": "one@more.example", "role": "Viewer"}
    )


def too_many_teams(world: World) -> Any:
    world.settings.TEAMS_PER_PERSON = 1
    return world.api.post(TEAMS, {"name": "Another"})


def team_of_a_lent_autouser(world: World) -> Any:
    autouser = Autouser.objects.create(team=world.team, name="Pia", system_prompt="You are Pia.")
    study = make_study(world.other_team)
    rate_all(study, autouser, ours=[5, 4, 3, 2], theirs=[1, 2, 3, 4])
    return world.session().delete(team_path(world))


def key_path(world: World, *scopes: str) -> str:
    token = make_key(world.team, scopes=scopes)
    return f"{KEYS}/{ApiKey.objects.get(digest=ApiKey.digest_of(token)).pk}"


def to_revoked_key(world: World) -> Any:
    path = key_path(world)
    world.session().delete(path)
    return world.session().patch(path, {"name": "New"})


# --- evaluations and templates -----------------------------------------------------------


def in_status(world: World, status: str, page: str = "") -> str:
    """Move the evaluation; where it, or a page of it, is."""
    assert world.api.patch(world.path, {"status": status}).status_code == 200
    return f"{world.path}{page}"


def rate(world: World) -> Any:
    comparison = world.evaluation["comparisons"][0]["id"]
    body = {"comparisonId": comparison, "dimensionRatings": {"overall": 4}}
    return world.api.post(f"{world.path}/ratings", body)


def rated_twice(world: World) -> Any:
    in_status(world, "Running")
    assert rate(world).status_code == 201
    return rate(world)


def new_template(world: World, **fields: Any) -> str:
    response = world.api.post(TEMPLATES, {"name": "Clarity of fares", **fields})
    return f"{TEMPLATES}/{response.json()['id']}"


def template_of_a_study(world: World) -> Any:
    path = new_template(world)
    selected = {"selectedDimensionIds": [path.rpartition("/")[2]]}
    assert world.api.patch(f"{world.path}/draft", selected).status_code == 200
    return world.api.delete(path)


def dimension_of_a_study(world: World) -> Any:
    path = new_template(world, dimensions=[{"id": "calm", "label": "Calm"}])
    selected = {"selectedDimensionIds": ["calm"]}
    assert world.api.patch(f"{world.path}/draft", selected).status_code == 200
    return world.api.patch(path, {"dimensions": [{"id": "kind", "label": "Kind"}]})


# --- autousers ---------------------------------------------------------------------------


def select(world: World, *counts: tuple[str, int]) -> Any:
    selection = [{"autouserId": name, "agentCount": count} for name, count in counts]
    return world.api.patch(f"{world.path}/draft", {"selectedAutousers": selection})


def run_nothing(world: World) -> Any:
    empty = world.api.post(EVALUATIONS, {"name": "Empty"}).json()["id"]
    return world.api.post(f"{EVALUATIONS}/{empty}/run-autousers", {"autouserIds": ["novice"]})


def run_picture(world: World) -> Any:
    design = {"fileUrl": "https://example.com/kiosk.png", "stimulusType": "IMAGE"}
    study = world.api.post(EVALUATIONS, {"name": "Picture", "designUrls": [design]}).json()["id"]
    return world.api.post(f"{EVALUATIONS}/{study}/run-autousers", {"autouserIds": ["novice"]})


def new_autouser(world: World, *, rubric: str = "") -> str:
    response = world.api.post(AUTOUSERS, {"name": "Nurse", "systemPrompt": "You are tired."})
    path = f"{AUTOUSERS}/{response.json()['id']}"
    if rubric:
        assert world.api.post(f"{path}/rubrics", {"criteriaText": rubric}).status_code == 201
    return path


def calibration(world: World, verb: str, body: Any = None, *, rubric: str = "") -> Any:
    return world.api.post(f"{new_autouser(world, rubric=rubric)}/calibration/{verb}", body)


def to_frozen_rubric(world: World) -> Any:
    path = new_autouser(world, rubric="Judge fairly.")
    rubric = world.api.post(f"{path}/calibration/freeze").json()["rubricId"]
    return world.api.patch(f"{path}/rubrics/{rubric}", {"criteriaText": "Judge harshly."})


def notes_beyond_the_limit(world: World) -> Any:
    disagreement = {
        "ratingId": cuid(), "dimensionId": "overall", "autouserScore": 5, "humanScore": 1,
    }  # fmt: skip
    body = {"apply": True, "disagreements": [disagreement]}
    return calibration(world, "optimize", body, rubric="x" * CRITERIA_LIMIT)


def stream_too_many(world: World) -> Any:
    slots = Slots()
    slots.take(team_id=world.team.pk, person_id=world.team.owner.pk)
    world.monkeypatch.setattr("autousers.rest.runs.stream_views.slots", slots)
    return world.api.get(f"{world.path}/autouser-stream")
