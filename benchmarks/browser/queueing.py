"""A study of 1,000 runs on one design under three conditions, queued.

    python -m benchmarks.browser.queueing DESIGN [ENDPOINT]

Twenty autousers with fifty agents each: a third of them at a wide window, on a phone, and at a
zoom of 200 %. Prints the study and the time of the commit as JSON.
"""

import json
import sys
import time
from typing import Any

from django.db import transaction

import benchmarks.django  # noqa: F401 - sets up Django
from autousers.models import Autouser
from autousers.personas.services import create_autouser
from autousers.runs import queueing, wake
from evaluations.models import Evaluation
from evaluations.studies.services import create_evaluation
from teams.models import Team
from teams.people.services import create_team, register_user
from webhooks.endpoints.services import create_endpoint

AUTOUSERS, AGENTS = 20, 50
CONDITIONS = (
    {},
    {"viewport": {"width": 390, "height": 844}},
    {"viewport": {"width": 1600, "height": 900}},
)


def autousers_of(team: Team) -> list[Autouser]:
    """Autousers of a team that look under three kinds of conditions."""
    return [
        create_autouser(
            team=team,
            author=team.owner,
            values={
                "name": f"Visitor {number}",
                "system_prompt": "You buy a ticket, and you want it to be easy.",
                "config": CONDITIONS[number % len(CONDITIONS)],
            },
        )
        for number in range(AUTOUSERS)
    ]


def study_of(team: Team, design: str) -> Evaluation:
    """A draft with one design and all the agents."""
    selected = [{"autouserId": one.pk, "agentCount": AGENTS} for one in autousers_of(team)]
    return create_evaluation(
        team=team,
        author=team.owner,
        values={
            "name": "Tickets",
            "designUrls": [{"url": design}],
            "selectedDimensionIds": ["overall", "accessibility", "trust"],
            "selectedAutousers": selected,
        },
    )


def queue(study: Evaluation) -> int:
    """Queue its runs, as a request does; returns how many."""
    with transaction.atomic():
        locked = Evaluation.objects.select_for_update().get(pk=study.pk)
        return len(queueing.queue_runs(locked, queueing.plan_runs(locked, {})))


def main(design: str, *endpoints: str) -> dict[str, Any]:
    """Make the study and queue it."""
    owner = register_user(email=f"bench-{time.time_ns()}@example.org", name="Bench")
    team = create_team(name="Bench", owner=owner, plan="pro")
    for url in endpoints:
        values = {"url": url, "enabled_events": ["*"]}
        create_endpoint(team=team, author=owner, values=values)
    study = study_of(team, design)
    began = time.time()
    runs = queue(study)
    queued = time.time()
    wake.publish()  # the thread that does it in a server ends with this process
    return {"study": study.pk, "runs": runs, "began": began, "queued": queued}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
