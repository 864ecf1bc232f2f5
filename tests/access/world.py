"""A team with one of everything, and everybody who might ask for it."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from autousers.models import Observation
from autousers.runs import artifacts
from evaluations.models import Evaluation, FileUse
from ratings.guests import services as guests
from ratings.guests.passes import Pass, fingerprint
from ratings.pages.share import COOKIE
from teams.auth.scopes import SCOPES, grants
from teams.models import ApiKey, Membership, Role
from teams.people import services
from tests.access.routes import DESIGN, PERSONA, TEMPLATE
from tests.clients import ApiClient
from tests.conftest import make_invitation, make_key, make_member, make_team, make_user
from tests.evaluations.sharing.shared import make_invite, make_outsider, make_share
from tests.files.uploading import uploaded
from webhooks.models import WebhookDelivery

#: Who asks, in the order they are listed.
CALLERS = (
    "nobody",
    "guest",
    "revoked_key",
    "expired_key",
    "key_without_scope",
    "foreign_key",
    "foreign_session",
    "invited",
    "invited_to_evaluation",
    "requester",
    "share_viewer",
    "share_editor",
    "share_owner",
    "viewer",
    "editor",
    "admin",
    "owner",
    "key",
)


def _made(response: Any) -> dict[str, Any]:
    assert response.status_code < 300, response.content
    return dict(response.json())


class World:
    """The things by name, and the people."""

    def __init__(self) -> None:
        self.owner = make_user("owner@example.org", name="Olga Owner")
        self.team = make_team(owner=self.owner)
        self.people = {
            role.label.lower(): make_member(self.team, role, f"{role.label.lower()}@example.org")
            for role in Membership.MEMBER_ROLES
        } | {"owner": self.owner}
        stranger = make_user("stranger@example.org")
        self.people["foreign_session"] = stranger
        self.foreign = make_team(owner=stranger, name="Somebody else")
        self.people["invited"] = services.register_user(email="invited@example.org")
        make_invitation(self.team, "invited@example.org")
        self.api = ApiClient(make_key(self.team))
        self.ids = self._make()
        self.ids |= self._share(self.ids["evaluation"])
        self.guest_pass = self._let_in_a_guest(self.ids["evaluation"])

    def _post(self, path: str, body: Any) -> dict[str, Any]:
        return _made(self.api.post(f"/api/v1/{path}", body))

    def _make(self) -> dict[str, str]:
        endpoint = self._post(
            "webhooks", {"url": "https://hooks.example.com/in", "enabled_events": ["*"]}
        )
        autouser = self._post("autousers", PERSONA)
        template = self._post("templates", TEMPLATE)
        _made(self.api.patch(f"/api/v1/templates/{template['id']}", {"description": "Changed"}))
        versions = _made(self.api.get(f"/api/v1/templates/{template['id']}/versions"))["data"]
        study = {"name": "Ticket kiosk", "designUrls": [DESIGN]}
        selected = [{"autouserId": autouser["id"], "agentCount": 1}]
        evaluation = self._post(
            "evaluations",
            {**study, "evaluationMethod": "both", "selectedAutousers": selected},
        )
        path = f"evaluations/{evaluation['id']}"
        run = self._post(f"{path}/run-autousers", {})["runs"][0]
        comparison = evaluation["comparisons"][0]["id"]
        rubric = self._post(f"autousers/{autouser['id']}/rubrics", {"criteriaText": "Legible."})
        key, _ = services.create_key(
            team=self.team, user=self.owner, name="to be changed", scopes=["evaluations:read"]
        )
        other = make_member(self.team, Role.EDITOR, "colleague@example.org")
        rating = _made(
            ApiClient(make_key(self.team, other)).post(
                f"/api/v1/{path}/ratings",
                {"comparisonId": comparison, "dimensionRatings": {"overall": 4}},
            )
        )
        delivery = WebhookDelivery.objects.filter(endpoint=endpoint["id"]).earliest("pk")
        return {
            "team": self.team.pk,
            "key": key.pk,
            "member": Membership.objects.get(user=other).pk,
            "evaluation": evaluation["id"],
            "draft": self._post("evaluations", study)["id"],
            "comparison": comparison,
            "rating": rating["id"],
            "run": run["id"],
            "file": _shown_file(self.api, evaluation["id"]),
            "observation": _observation(evaluation["id"]),
            "autouser": autouser["id"],
            "rubric": rubric["id"],
            "template": template["id"],
            "version": versions[-1]["id"],
            "endpoint": endpoint["id"],
            "delivery": delivery.pk,
            "event": delivery.event_id,
        }

    def _share(self, evaluation: str) -> dict[str, str]:
        """Share an evaluation with people outside of the team, one for each way."""
        for permission in ("viewer", "editor", "owner"):
            holder = make_outsider(f"share-{permission}@example.org")
            self.people[f"share_{permission}"] = holder
            for id in (evaluation, self.ids["draft"]):
                make_share(id, holder, permission.upper())
        invited = self.people["invited_to_evaluation"] = make_outsider("offered@example.org")
        requester = self.people["requester"] = make_outsider("requester@example.org")
        browser = ApiClient()
        browser.force_login(requester)
        asked = _made(browser.post(f"/api/v1/evaluations/{evaluation}/access-requests"))
        admin = self.people["admin"]
        return {
            "colleague": Membership.objects.get(pk=self.ids["member"]).user_id,
            "share": make_share(evaluation, make_outsider("holder@example.org")).pk,
            "invite": make_invite(evaluation, invited.email).pk,
            "request": asked["id"],
            "notification": admin.notifications.get(kind="evaluation.access_requested").pk,
        }

    def _let_in_a_guest(self, evaluation: str) -> str:
        """Open the link of an evaluation to a guest; returns the guest's cookie."""
        body = {"shareAccess": "ANYONE_WITH_LINK", "shareAllowAnon": True}
        _made(self.api.patch(f"/api/v1/evaluations/{evaluation}", body))
        study = Evaluation.objects.get(pk=evaluation)
        guest = guests.welcome(study, name="Gail Guest", email="")
        return Pass(guest.pk, fingerprint(study)).sealed(study)

    def caller(self, name: str, needed: tuple[str, ...]) -> ApiClient:
        """Somebody who asks; `needed` are the scopes of which the route wants one."""
        if name in self.people:
            client = ApiClient()
            client.force_login(self.people[name])
            return client
        if name == "nobody":
            return ApiClient()
        if name == "guest":  # a browser sends this cookie to the link alone; others may send it
            client = ApiClient()
            client.cookies[COOKIE] = self.guest_pass
            return client
        if name == "foreign_key":
            return ApiClient(make_key(self.foreign))
        if name == "key_without_scope":
            return ApiClient(make_key(self.team, scopes=_without(needed)))
        token = make_key(self.team)
        key = ApiKey.objects.get(digest=ApiKey.digest_of(token))
        if name == "revoked_key":
            key.revoke()
        elif name == "expired_key":
            key.expires_at = timezone.now() - timedelta(seconds=1)
            key.save(update_fields=["expires_at"])
        return ApiClient(token)


def _observation(evaluation_id: str) -> str:
    """A visit that is over, with a picture."""
    now = timezone.now()
    row = Observation.objects.create(
        evaluation_id=evaluation_id, key="k", design=DESIGN["url"], observer="browser",
        status="done", ended_at=now, facts={}, files=["first-screen.jpg"],
    )  # fmt: skip
    artifacts.keep(row.pk, "first-screen.jpg", b"\xff\xd8", of=artifacts.OBSERVATIONS)
    return str(row.pk)


def _shown_file(api: ApiClient, evaluation_id: str) -> str:
    """A file that a study shows."""
    pk = uploaded(api)
    FileUse.objects.create(file_id=pk, evaluation_id=evaluation_id)
    return pk


def _without(needed: tuple[str, ...]) -> tuple[str, ...]:
    """Every scope that does not open the route; none at all for a route that asks for none."""
    if not needed:
        return ()
    return tuple(scope for scope in SCOPES if not any(grants([scope], one) for one in needed))
