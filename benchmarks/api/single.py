"""Some evaluations of a team that may ask as often as it likes, and is counted all the same.

    python -m benchmarks.api.single

Prints the key's text and the ids as JSON.
"""

import json
import time

import benchmarks.django  # noqa: F401 - sets up Django
from benchmarks.seed import DESIGNS
from evaluations.studies.services import create_evaluation
from teams.people.services import create_key, create_team, register_user

ROWS = 64
PLENTY = 100_000_000


def seed() -> dict[str, object]:
    """A team, its key and some running evaluations."""
    user = register_user(email=f"bench-{time.time_ns()}@example.org")
    team = create_team(name="Bench", owner=user, plan="pro")
    team.rpm_limit = PLENTY
    team.save(update_fields=["rpm_limit"])
    _key, token = create_key(team=team, user=user, name="bench", scopes=["*"])
    values = {"name": "Kiosk", "type": "SSE", "status": "Running", "designUrls": DESIGNS[:2]}
    ids = [create_evaluation(team=team, author=user, values=values).pk for _ in range(ROWS)]
    return {"token": token, "ids": ids}


if __name__ == "__main__":
    print(json.dumps(seed()))
