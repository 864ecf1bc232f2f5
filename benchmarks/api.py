"""Measure GET and PATCH of an evaluation against the same written by hand.

    DATABASE_URL=postgres://… python -m benchmarks.api

Needs `wrk`. Starts one gunicorn process with threads, alternates the two
sides, and prints the median requests per second of each and their ratio.
Absolute figures say more about the machine; the ratio is the result.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

PORT = int(os.environ.get("PORT", "8790"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
ROWS = 64

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings_api")
os.environ["PORT"] = str(PORT)

LUA = """
local ids = {{{ids}}}
local n = 0
request = function()
  n = n + 1
  local id = ids[n % #ids + 1]
  local body = {body}
  return wrk.format("{method}", "{prefix}/evaluations/" .. id, nil, body)
end
wrk.headers["Authorization"] = "Bearer {token}"
wrk.headers["Content-Type"] = "application/json"
response = function(status) if status ~= 200 then print("status " .. status) end end
"""

BODIES = {
    "GET": "nil",
    "PATCH name": "'{\"name\": \"Kiosk ' .. n .. '\"}'",
    "PATCH status": (
        "'{\"status\": \"' .. (math.floor(n / #ids) % 2 == 0 and 'Running' or 'Ended') .. '\"}'"
    ),
}


def seed() -> tuple[str, list[str]]:
    """A team, its key and some evaluations; the key's text and the ids."""
    import django

    django.setup()
    from evaluations.services import create_evaluation
    from teams.services import create_key, create_team, register_user

    user = register_user(email=f"bench-{time.time_ns()}@example.org")
    team = create_team(name="Bench", owner=user, plan="pro")
    _key, token = create_key(team=team, user=user, name="bench", scopes=["*"])
    values = {"name": "Kiosk", "type": "SSE", "status": "Running"}
    ids = [
        create_evaluation(
            team=team,
            author=user,
            values={**values, "designUrls": [{"url": "https://example.com"}] * 2},
        ).pk
        for _ in range(ROWS)
    ]
    return token, ids


def measure(script: Path) -> float:
    """Requests per second of one run of wrk."""
    command = ["wrk", "-t1", "-c8", f"-d{SECONDS}s", "-s", str(script), f"http://127.0.0.1:{PORT}"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "status " in output or "Non-2xx" in output:
        sys.exit(output)
    return float(output.split("Requests/sec:")[1].split()[0])


def main() -> None:
    """Run every case in turn and print the table."""
    token, ids = seed()
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            "config.wsgi",
            "-b",
            f"127.0.0.1:{PORT}",
            "-k",
            "gthread",
            "--threads",
            "8",
            "--keep-alive",
            "60",
            "--log-level",
            "warning",
        ]
    )
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/docs/errors")
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        with tempfile.TemporaryDirectory() as folder:
            for name, body in BODIES.items():
                results: dict[str, list[float]] = {"/api/v1": [], "/bare": []}
                for _ in range(ROUNDS):
                    for prefix in results:
                        script = Path(folder) / "run.lua"
                        script.write_text(
                            LUA.format(
                                ids=", ".join(f"'{pk}'" for pk in ids),
                                body=body,
                                method=name.split()[0],
                                prefix=prefix,
                                token=token,
                            )
                        )
                        results[prefix].append(measure(script))
                ours, bare = (statistics.median(values) for values in results.values())
                print(f"{name:14} ours {ours:7.0f}/s  bare {bare:7.0f}/s  ratio {ours / bare:.2f}")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
