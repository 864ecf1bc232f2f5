"""Make the pictures of the docs: a scratch server with one study, and Chromium.

Called by `make screenshots`. A picture shows no time and no random id, so making it again changes
nothing but what the page itself changed.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT))

from config.demo import pages  # noqa: E402 - found by the line above

WIDTH, HEIGHT = 1200, 750
MOST_BYTES = 150_000
SECONDS = 180  # for the server to start
PASSWORD = "only-for-a-scratch-server"  # noqa: S105 - it is gone a minute later

#: What six people gave the three designs of the study, on each of its dimensions.
DIMENSIONS = ("overall", "accessibility", "clarity")
DESIGNS = {
    "Checkout": ((3, 2, 3), (2, 2, 3), (2, 1, 2), (3, 2, 4), (2, 1, 3), (3, 2, 3)),
    "Seat map": ((4, 3, 4), (3, 3, 4), (4, 3, 4), (3, 2, 4), (4, 4, 5), (4, 3, 4)),
    "Order history": ((5, 4, 5), (4, 4, 5), (4, 3, 4), (5, 4, 4), (4, 4, 5), (4, 4, 4)),
}
NAMES = ("Amina Diallo", "Jonas Weber", "Tom Okafor", "Priya Natarajan", "Lena Fischer", "Mara Ek")

SCENARIO = "You want two tickets for a concert on 11 December. Your seats are chosen; pay for them."

#: The draft on the pictures of its form and of its link.
DRAFT = {
    "name": "Ticket checkout, third build",
    "designUrls": [
        {"url": "https://tickets.example.com/checkout", "label": "Checkout"},
        {"url": "https://tickets.example.com/seats", "label": "Seat map"},
    ],
    "selectedDimensionIds": list(DIMENSIONS),
    "scenario": SCENARIO,
    "evaluationMethod": "both",
    "selectedAutousers": [
        {"autouserId": "novice", "agentCount": 3},
        {"autouserId": "screen-reader", "agentCount": 3},
    ],
    "shareAccess": "PASSWORD_PROTECTED",
    "sharePassword": "harbour lights",
    "shareRequireName": True,
    "shareExpiry": "2030-12-04T18:00:00Z",
    "endsAtPeople": 40,
}


#: The parts of an autouser's pages that have a picture of their own.
AGREEMENT, DIFFERENCE = "section:has(#agreement)", "section:has(#differs)"

#: The rubrics of an autouser, and what it gave ten designs under each; what people gave them.
RUBRICS = (
    (
        "Judge what can be done in ten seconds.\nMind contrast and labels.",
        (5, 4, 5, 3, 4, 5, 3, 4, 4, 5),
    ),
    (
        "Judge what can be done in a minute.\nMind contrast and labels.\nAdjust usability: -0.5",
        (4, 4, 3, 3, 4, 4, 2, 3, 4, 4),
    ),
    (
        "Judge what can be done in a minute, with one hand.\nMind contrast and labels.\n"
        "Be strict about small targets.\nAdjust usability: -0.5",
        (3, 4, 2, 3, 5, 3, 2, 2, 4, 3),
    ),
)
PEOPLE = (3, 4, 2, 2, 5, 3, 1, 2, 4, 3)


@dataclass(frozen=True)
class Picture:
    """A page, and the selector of the element that is at the top of its picture."""

    name: str
    path: str
    top: str
    alone: bool = False
    """Whether the picture shows that element alone."""


def main() -> int:
    """Start a server on scratch data, take the pictures, and stop it."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "DATA_DIR": str(Path(scratch) / "data"),
            "PORT": str(port),
        }
        server = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment,
        )
        try:
            wait_for(port)
            with pages.serving() as site:
                study, draft, running, nurse, visited = seed(environment, port, site)
                take(
                    port,
                    [
                        Picture("results.png", f"/evaluations/{study}/results", top=".verdict"),
                        Picture(
                            "results-raters.png",
                            f"/evaluations/{study}/results",
                            top="[aria-labelledby=said]",
                        ),
                        Picture("edit.png", f"/evaluations/{draft}/edit", top=".sheet"),
                        Picture("share.png", f"/evaluations/{draft}/share", ".sheet", alone=True),
                        Picture("findings.png", f"{visited}/results/findings", "#h-list"),
                        Picture("runs.png", f"{visited}/results/autousers", "h1"),
                        Picture("webhooks.png", "/settings/webhooks/new", top="main form"),
                        Picture("review.png", f"/evaluations/{running}/review", top="body"),
                        Picture("agreement.png", f"/autousers/{nurse}", AGREEMENT, alone=True),
                        Picture(
                            "rubric.png", f"/autousers/{nurse}/rubrics", DIFFERENCE, alone=True
                        ),
                    ],
                )
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=60)
    return 0


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    """Return once the server answers."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            call(port, "GET", "/openapi.json")
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(f"The server did not answer within {SECONDS} s.")


def call(port: int, method: str, path: str, body: Any = None, key: str = "") -> Any:
    """Call the API of the server, and return the reply."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    if not key:
        del headers["Authorization"]
    connection.request(method, f"/api/v1{path}", json.dumps(body) if body else None, headers)
    reply = connection.getresponse()
    read = json.loads(reply.read())
    if reply.status >= 300:
        raise RuntimeError(f"{method} {path}: {reply.status} {read}")
    return read


def seed(environment: dict[str, str], port: int, site: str) -> tuple[str, ...]:
    """Make a team and six people, three studies (rated, a draft, to be rated), and an autouser."""
    os.environ.update(environment, DJANGO_SETTINGS_MODULE="config.settings")
    import django

    django.setup()
    from teams.models import Membership
    from teams.people import services

    owner = services.register_user(email="owner@example.com", name="Mara Ek")
    owner.set_password(PASSWORD)
    owner.save(update_fields=["password"])
    team = services.create_team(name="Kiosk crew", owner=owner, plan="pro")
    owner.last_team = team  # the one that the pages act on
    owner.save(update_fields=["last_team"])
    keys = []
    for number, name in enumerate(NAMES):
        person = services.register_user(email=f"person{number}@example.com", name=name)
        Membership.objects.create(team=team, user=person, role="Editor")
        made = services.create_key(team=team, user=person, name="Pictures", scopes=["*"])
        keys.append(made[1])
    designs = [
        {"url": f"https://example.com/{number}", "label": label}
        for number, label in enumerate(DESIGNS)
    ]
    body = {"name": "Ticket checkout, second build", "status": "Running", "designUrls": designs}
    chosen = {"selectedDimensionIds": list(DIMENSIONS)}
    study = call(port, "POST", "/evaluations", body | chosen, keys[0])
    for comparison, given in zip(study["comparisons"], DESIGNS.values(), strict=True):
        for key, values in zip(keys, given, strict=True):
            scores = dict(zip(DIMENSIONS, values, strict=True))
            rating = {"comparisonId": comparison["id"], "dimensionRatings": scores}
            call(port, "POST", f"/evaluations/{study['id']}/ratings", rating, key)
    draft = call(port, "POST", "/evaluations", DRAFT, keys[0])
    one = [{"url": f"{site}/good", "label": "Checkout"}]
    more = {"designUrls": one, "status": "Running", "scenario": SCENARIO, "ratingFlow": "combined"}
    running = call(port, "POST", "/evaluations", {**body, **chosen, **more}, keys[0])
    nurse = seed_autouser(port, keys[0])
    visited = seed_visits(port, site, keys[0])
    return str(study["id"]), str(draft["id"]), str(running["id"]), nurse, visited


def seed_visits(port: int, site: str, key: str) -> str:
    """Let autousers look at the page with planted faults. Returns the path of the study."""
    body = {
        "name": "Ferry tickets",
        "designUrls": [{"url": f"{site}/faulty", "label": "Checkout"}],
        "selectedDimensionIds": list(DIMENSIONS),
        "selectedAutousers": [
            {"autouserId": name, "agentCount": 1}
            for name in ("novice", "screen-reader", "mobile-user", "senior-user")
        ],
    }
    study = call(port, "POST", "/evaluations", body, key)
    path = f"/evaluations/{study['id']}"
    call(port, "POST", f"{path}/run-autousers", {}, key)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        status = call(port, "GET", f"{path}/autouser-status", key=key)
        if status["allComplete"]:
            return path
        time.sleep(1)
    raise TimeoutError(f"The runs did not end within {SECONDS} s.")


def seed_autouser(port: int, key: str) -> str:
    """Make an autouser whose rubric was written and measured three times. Returns its id."""
    from django.db import transaction

    from autousers.drafting.personas import draft_persona
    from autousers.models import Autouser
    from teams.models import Team
    from tests.autousers.studies import make_study, rate_all

    draft = draft_persona("A nurse on the night shift, on her phone and in a hurry")
    made = call(port, "POST", "/autousers", {**draft.body, "name": "Night-shift nurse"}, key)
    autouser = Autouser.objects.get(pk=made["id"])
    at = f"/autousers/{autouser.pk}"
    for text, ours in RUBRICS:
        rubric = call(port, "POST", f"{at}/rubrics", {"criteriaText": text}, key)
        if rubric["version"] > 1:
            call(port, "PATCH", f"{at}/rubrics/{rubric['id']}", {"status": "active"}, key)
        with transaction.atomic():
            study = make_study(Team.objects.get(pk=made["teamId"]), designs=len(ours))
            rate_all(study, autouser, ours=ours, theirs=PEOPLE)
        call(port, "POST", f"{at}/calibration/start", {"evaluationId": study.pk}, key)
    return str(autouser.pk)


def take(port: int, pictures: list[Picture]) -> None:
    """Sign in, and save each picture, unless it is too large for a page of the docs."""
    from tests.browser import chromium

    with chromium.running() as browser:
        page = browser.new_page(
            base_url=f"http://127.0.0.1:{port}", viewport={"width": WIDTH, "height": HEIGHT}
        )
        page.goto("/sign-in")
        page.fill("[name=username]", "owner@example.com")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_selector("header.signed-in")
        for picture in pictures:
            page.goto(picture.path)
            page.wait_for_load_state("networkidle")
            page.evaluate(
                "top => scrollTo(0, document.querySelector(top).getBoundingClientRect().top - 16)",
                picture.top,
            )
            whole = page.locator(picture.top)
            content = whole.screenshot() if picture.alone else page.screenshot()
            if len(content) > MOST_BYTES:
                raise ValueError(f"{picture.name} has {len(content)} bytes, not {MOST_BYTES}.")
            (IMAGES / picture.name).write_bytes(content)
            print(f"wrote docs/images/{picture.name} ({len(content)} bytes)")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
