"""Teams with endpoints and one evaluation each, in a migrated database.

    python -m benchmarks.seed TEAMS URL...

Every team gets an endpoint for each URL; `{n}` in one becomes the team's
number. Prints the teams, their evaluations and one event's payload as JSON.
"""

import json
import sys
import time
from typing import Any

import benchmarks.django  # noqa: F401 - sets up Django
from evaluations.models import Evaluation
from evaluations.studies.services import create_evaluation
from teams.models import Team
from teams.people.services import create_team, register_user
from webhooks.endpoints.services import create_endpoint
from webhooks.models import WebhookEvent

DESIGNS = [
    {"url": f"https://example.com/kiosk/{name}", "label": f"Ticket kiosk, {name}"}
    for name in ("large type", "high contrast", "as it is today")
]


def evaluation_of(team: Team) -> Evaluation:
    """A running evaluation of ordinary size."""
    return create_evaluation(
        team=team,
        author=team.owner,
        values={
            "name": "mark-0",
            "description": "Which of the three do people with low vision get along with best?",
            "status": "Running",
            "designUrls": [dict(design) for design in DESIGNS],
            "selectedDimensionIds": ["overall", "accessibility", "trust"],
        },
    )


def seed(teams: int, urls: list[str]) -> dict[str, Any]:
    """Make them all."""
    owner = register_user(email=f"bench-{time.time_ns()}@example.org", name="Bench")
    made = []
    payload = b""
    for number in range(teams):
        team = create_team(name=f"Bench {number}", owner=owner, plan="pro")
        evaluation = evaluation_of(team)
        payload = bytes(WebhookEvent.objects.get(object_id=evaluation.pk).payload)
        endpoints = [
            create_endpoint(
                team=team,
                author=owner,
                values={"url": url.format(n=number), "enabled_events": ["*"]},
            )[0].pk
            for url in urls
        ]
        made.append({"team": team.pk, "evaluation": evaluation.pk, "endpoints": endpoints})
    return {"teams": made, "payload": payload.decode()}


if __name__ == "__main__":
    print(json.dumps(seed(int(sys.argv[1]), sys.argv[2:])))
