"""`manage.py demo`: a study from nothing to its verdict, against the running server."""

import io
import json
import queue
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from config.demo import pages, study
from config.demo.client import Api
from config.demo.watch import Watch, judge
from teams.models import Membership, Role, Team, User
from teams.people import services
from webhooks.http.receiver import Received, serving

ARRIVAL_SECONDS = 120.0
GRACE_SECONDS = 2.0  # for what should not arrive
KINDS = 7  # of events there are; the demo sees each of them


class Command(BaseCommand):
    """Run two studies, and see that the right page wins and exactly their webhooks arrive."""

    help = "Run a study on the running server: autousers and people rate two pages."

    def handle(self, **options: Any) -> None:
        """Do it, and fail unless the faulty page lost and exactly the expected events arrived."""
        Api().call("OPTIONS", "/evaluations")  # fails without a server
        team = self.seeded_team()
        api = Api(team["apiKey"])
        people = [Api(key) for key in raters(team["id"])]
        with ExitStack() as stack:
            site = stack.enter_context(pages.serving())
            watch = stack.enter_context(self.watching(api))
            expected, addresses = self.run(api, people, site, watch)
            watch.linger(GRACE_SECONDS)
        judge(expected, watch.tally)
        kinds = {told.partition(" ")[0] for told in watch.tally}
        self.stdout.write(f"{watch.tally.total()} events of {len(kinds)} kinds, each verified.")
        if len(kinds) != KINDS:
            judge(Counter(), Counter(kinds))
        self.stdout.write(self.style.SUCCESS("The faulty page lost, and this is what was told."))
        self.invite(team["id"], addresses)

    def run(
        self, api: Api, people: list[Api], site: str, watch: Watch
    ) -> tuple[Counter[str], list[str]]:
        """Run both studies to their end; returns the expected events, and the pages."""
        alone, pair = study.rate_alone(api, site), study.compare(api, site)
        autouser, frozen = study.freeze_a_rubric(api)
        watch.subjects |= {alone.id, pair.id, autouser}
        self.stdout.write(f"Queued three autousers on {alone.name!r} and {pair.name!r}")
        study.give_opinions(people, pair)
        self.stdout.write(f"Three people rated {pair.name!r}")
        expected = alone.expected + pair.expected + frozen
        ends = Counter(["evaluation.status_changed from Running to Ended", "evaluation.completed"])
        watch.until(expected - ends, ARRIVAL_SECONDS)
        api.call("PATCH", f"/evaluations/{pair.id}", {"status": "Ended"})
        self.stdout.write(f"Ended {pair.name!r}; the other one ends by itself")
        watch.until(expected, ARRIVAL_SECONDS)
        for line in study.report(api, alone, pair):
            self.stdout.write(line)
        return expected, [alone.results, pair.results]

    def invite(self, team_id: str, addresses: list[str]) -> None:
        """Print the address of the results, and an account that can read them."""
        email, password = reader(team_id)
        self.stdout.write("Read the results in a browser:")
        for address in addresses:
            self.stdout.write(f"  {address}")
        self.stdout.write(f"Sign in as {email} with the password {password}")

    def seeded_team(self) -> dict[str, Any]:
        """Make sure of a Pro team, with a fresh key of it."""
        output = io.StringIO()
        call_command("seed_demo", json=True, stdout=output)
        teams: list[dict[str, Any]] = json.loads(output.getvalue())["teams"]
        team = next(team for team in teams if team["plan"] == "pro")
        self.stdout.write(f"Seeded the team {team['name']} and made a key")
        return team

    @contextmanager
    def watching(self, api: Api) -> Iterator[Watch]:
        """Register a receiver for a while."""
        arrivals: queue.Queue[Received] = queue.Queue()

        def accept(received: Received) -> int:
            arrivals.put(received)
            return 200

        with serving(accept) as listener:
            body = {"url": listener.url, "enabled_events": ["*"]}
            registered = api.call("POST", "/webhooks", body)
            self.stdout.write(f"Registered the receiver {listener.url}")
            try:
                yield Watch(arrivals, registered["secret"], self.stdout)
            finally:
                api.call("DELETE", f"/webhooks/{registered['id']}")
                self.stdout.write("Removed the receiver")


def raters(team_id: str) -> list[str]:
    """A key for each of three people of the team, who may look and rate."""
    team = Team.objects.get(pk=team_id)
    keys = []
    for number in range(1, len(study.OPINIONS) + 1):
        email = f"rater{number}@example.com"
        person = User.objects.filter(email=email).first() or services.register_user(email=email)
        Membership.objects.get_or_create(
            team=team, user=person, defaults={"role": Role.VIEWER.value}
        )
        scopes = ("evaluations:read", "ratings:write")
        keys.append(services.create_key(team=team, user=person, name="Demo", scopes=scopes)[1])
    return keys


def reader(team_id: str) -> tuple[str, str]:
    """The address and a new password of a person who may read the team's studies."""
    email, password = "reader@example.com", secrets.token_urlsafe(12)
    person = User.objects.filter(email=email).first() or services.register_user(email=email)
    person.set_password(password)
    person.last_team_id = team_id
    person.save(update_fields=["password", "last_team"])
    Membership.objects.get_or_create(
        team_id=team_id, user=person, defaults={"role": Role.VIEWER.value}
    )
    return email, password
