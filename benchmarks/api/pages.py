"""Pages of long lists: the first and the deepest, with a thousand rows and with millions.

    python -m benchmarks.api.pages fill EVALUATIONS RATINGS    # writes rows; prints whom to ask as
    python -m benchmarks.api.pages time TOKEN STUDY REQUESTS   # prints the median milliseconds

Run by `benchmarks.api.run`, each on a scratch database. Rows are written by SQL;
requests go through the whole server but for the socket.
"""

import json
import sys
import time
from statistics import median

from django.db import connection
from django.test import Client

import benchmarks.django  # noqa: F401 - sets up Django
from api import ids
from benchmarks.seed import evaluation_of
from evaluations.models import Comparison
from teams.people.services import create_key, create_team, register_user

#: Ids in the order of time, as the server makes them: `c`, the number, and padding.
_ID = "'c' || lpad(n::text, 9, '0') || '000000000000000'"

_EVALUATIONS = """
    INSERT INTO evaluations_evaluation ({columns})
    SELECT {values} FROM evaluations_evaluation, generate_series(1, %s) AS n
    WHERE evaluations_evaluation.id = %s
"""
_COMPARISONS = f"""
    INSERT INTO evaluations_comparison (id, position, label, stimulus, evaluation_id)
    SELECT {_ID}, 0, 'Kiosk', '{{{{"url": "https://example.com"}}}}'::jsonb, {_ID}
    FROM generate_series(1, %s) AS n
"""
_RATINGS = f"""
    INSERT INTO ratings_rating (id, rater_type, rater, ordinal, dimension_ratings, superseded,
        created_at, comparison_id, evaluation_id, user_id)
    SELECT {_ID}, 'human', 'user:' || n, 0, '{{{{"overall": 4}}}}'::jsonb, false,
        now() - n * interval '1 second', %s, %s, %s
    FROM generate_series(1, %s) AS n
"""


def fill(evaluations: int, ratings: int) -> dict[str, str]:
    """Insert a team with so many evaluations, one of which has so many ratings."""
    owner = register_user(email=f"bench-{time.time_ns()}@example.org", name="Bench")
    team = create_team(name="Bench", owner=owner, plan="enterprise")
    _key, token = create_key(team=team, user=owner, name="bench", scopes=["*"])
    study = evaluation_of(team)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # what is referred to is there
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'evaluations_evaluation' ORDER BY ordinal_position"
        )
        columns = [name for (name,) in cursor.fetchall()]
        made = {
            "id": _ID,
            "share_token": "'t' || n",
            "updated_at": "evaluations_evaluation.updated_at - n * interval '1 second'",
        }
        values = ", ".join(made.get(name, f"evaluations_evaluation.{name}") for name in columns)
        cursor.execute(
            _EVALUATIONS.format(columns=", ".join(columns), values=values),
            [evaluations - 1, study.pk],
        )
        cursor.execute(_COMPARISONS.format(), [evaluations - 1])
        comparison = Comparison.objects.filter(evaluation=study).latest("position")
        cursor.execute(_RATINGS.format(), [comparison.pk, study.pk, owner.pk, ratings])
        cursor.execute(
            "UPDATE evaluations_evaluation SET ratings_count = %s WHERE id = %s",
            [ratings, study.pk],
        )
        cursor.execute("VACUUM ANALYZE")
    return {"token": token, "study": study.pk}


def deepest(rows: int) -> str:
    """The id of the row before the last whole page."""
    return f"c{rows - 21:09d}".ljust(ids.CUID_LENGTH, "0")


def time_pages(token: str, study: str, requests: int) -> dict[str, float]:
    """The median milliseconds of the four pages."""
    client = Client(headers={"authorization": f"Bearer {token}"}, SERVER_NAME="127.0.0.1")
    lists = {
        "evaluations": ("evaluations_evaluation", "/api/v1/evaluations"),
        "ratings": ("ratings_rating", f"/api/v1/evaluations/{study}/ratings"),
    }
    took = {}
    for name, (table, path) in lists.items():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            rows = int(cursor.fetchone()[0])
        for page, query in (("first", ""), ("deepest", f"?starting_after={deepest(rows)}")):
            took[f"{name} {page}"] = _median(client, path + query, requests)
    return took


def _median(client: Client, url: str, requests: int) -> float:
    milliseconds = []
    for number in range(requests + 5):
        started = time.perf_counter()
        response = client.get(url)
        if number >= 5:
            milliseconds.append((time.perf_counter() - started) * 1000)
        rows = response.json().get("data", [])
        if response.status_code != 200 or len(rows) < 15:
            sys.exit(f"{url}: {response.status_code}, {len(rows)} rows")
    return median(milliseconds)


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    if what == "fill":
        print(json.dumps(fill(int(arguments[0]), int(arguments[1]))))
    else:
        print(json.dumps(time_pages(arguments[0], arguments[1], int(arguments[2]))))
