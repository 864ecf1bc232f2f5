"""One run: start everything, call and kill at the same time, wait for the end, check."""

import argparse
import os
import random
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from autousers.models import AutouserRun
from chaos import steps
from chaos.receivers import Log, Receiver
from chaos.server import Server
from chaos.traffic import Caller, Researcher
from chaos.verdict import Excuses, Verdict, judge
from teams.models import Plan, Team
from teams.people import services as teams
from webhooks.endpoints import services
from webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEvent

#: Seconds without an attempt after which due deliveries count as lost.
STUCK = 60.0

#: Seconds after which nothing may be due any more.
LONGEST = 1_200.0

#: Seconds between two kills or troubles.
BLOWS = (0.02, 0.25)

EVERYTHING = ["*"]

#: The behaviours of a flaky receiver; most succeed.
FLAKY = (*["accept"] * 8, "refuse", "hang", "drip", "reset", "lie")

#: The receivers of a team: their behaviours and their subscriptions.
Kinds = tuple[tuple[tuple[str, ...], list[str]], ...]

BUSY: Kinds = (
    (("accept",), EVERYTHING),
    (("accept",), ["evaluation.status_changed"]),
    (FLAKY, EVERYTHING),
)
#: Receivers that always fail. Each event uses up all attempts, so there are few of them.
HOPELESS: Kinds = ((("refuse", "reset"), EVERYTHING), (("hang", "drip"), EVERYTHING))

#: A team whose autousers rate. Its receivers succeed, as the check is about its runs.
STUDYING: Kinds = ((("accept",), EVERYTHING),)

#: Receivers, callers, their kind and pause (None: as asked for), and how much of calls creates.
TEAMS: tuple[tuple[Kinds, int, type[Caller], float | None, float], ...] = (
    (BUSY, 2, Caller, None, 0.1),
    (BUSY, 2, Caller, None, 0.1),
    (HOPELESS, 1, Caller, 8.0, 1.0),
    (STUDYING, 1, Researcher, 1.0, 1.0),
)


def play(options: argparse.Namespace, folder: Path) -> tuple[str, str, int]:
    """Run; returns the report, a summary line and the number of violations."""
    started = time.monotonic()
    log = Log(folder / "receivers.jsonl")
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    port = int(listener.getsockname()[1])
    receivers: list[Receiver] = []
    callers: list[Caller] = []
    for number, (kinds, many, caller, pause, creates) in enumerate(TEAMS):
        team, token = _team(number)
        receivers += _receivers(team, log, kinds, seed=options.seed + number)
        for place in range(many):
            seed = options.seed * 100 + number * 10 + place
            callers.append(caller(port, token, seed, pause or options.pause, stop, creates))
    server = _server(folder, listener)
    try:
        server.start()
        threads = [threading.Thread(target=caller.run, daemon=True) for caller in callers]
        for thread in threads:
            thread.start()
        _hurt(server, options)
        killing = time.monotonic() - started
        stop.set()
        for thread in threads:
            thread.join(timeout=60)
        _leave_it_to_the_sweep(server)
        _settle()
        settling = time.monotonic() - started - killing
    finally:
        server.close()
        for receiver in receivers:
            receiver.close()
        listener.close()
    verdict = _judge(server, callers, log)
    report = _report(options, server, verdict, killing, settling)
    return report, _summary(server, verdict), verdict.violations.total()


def _team(number: int) -> tuple[Team, str]:
    owner = teams.register_user(email=f"owner{number}@example.org")
    team = teams.create_team(name=f"Chaos {number}", owner=owner, plan=Plan.PRO)
    _key, token = teams.create_key(team=team, user=owner, name="chaos", scopes=["*"])
    return team, token


def _receivers(team: Team, log: Log, kinds: Kinds, seed: int) -> list[Receiver]:
    made = []
    for behaviours, types in kinds:
        receiver = Receiver(log, *behaviours, seed=seed)
        values = {"url": receiver.url, "enabled_events": types}
        endpoint, receiver.secret = services.create_endpoint(
            team=team, author=team.owner, values=values
        )
        receiver.endpoint = endpoint.pk
        made.append(receiver)
    return made


def _server(folder: Path, listener: socket.socket) -> Server:
    (folder / "steps").mkdir()
    (folder / "data").mkdir(exist_ok=True)
    env = dict(os.environ) | {"CHAOS_STEPS": str(folder / "steps"), "PGAPPNAME": "autousers"}
    port = urlsplit(os.environ["REDIS_URL"]).port
    assert port is not None  # noqa: S101 - we chose it
    return Server(env, folder, redis_port=port, listener=listener)


def _hurt(server: Server, options: argparse.Namespace) -> None:
    """Kill and cause trouble until there were enough kills or a process ended by itself."""
    chance = random.Random(options.seed)
    deadline = time.monotonic() + options.minutes * 60
    at_steps: list[str] = []
    said = 0
    while (kills := server.kills.total()) < options.kills and time.monotonic() < deadline:
        if server.died:
            break  # it is not started again: the run has failed already
        if kills - said >= 50:
            said = kills
            print(f"{kills} kills, {_waiting()} deliveries and runs on their way", flush=True)
        if not at_steps:  # each step as often as the others
            at_steps = chance.sample(steps.STEPS, k=len(steps.STEPS))
        draw = chance.random()
        if draw < 0.55:
            server.kill_at(at_steps.pop())
        elif draw < 0.8:
            _kill_at_random(server, chance)
        else:
            _trouble(server, chance)
        time.sleep(chance.uniform(*BLOWS))
    steps.disarm(server.steps)


def _kill_at_random(server: Server, chance: random.Random) -> None:
    draw = chance.random()
    worker = chance.choice([*server.workers, server.runner])
    if draw < 0.45:
        server.kill_child(worker, chance)
    elif draw < 0.75:
        server.kill_child(server.web, chance)
    elif draw < 0.82:
        server.kill_whole(worker)
    elif draw < 0.88:
        server.kill_parent(worker)
    elif draw < 0.92:
        server.kill_whole(server.web)
    else:
        server.kill_whole(server.beat)


def _trouble(server: Server, chance: random.Random) -> None:
    troubles: tuple[Callable[[random.Random], None], ...] = (
        server.restart_redis,
        server.silence_redis,
        server.drop_connections,
        server.fill_queue,
        server.freeze_worker,
        *[server.lose_commit] * 3,
        *[server.freeze_worker_at_step] * 3,  # what makes results come too late
    )
    chance.choice(troubles)(chance)


def _waiting() -> int:
    connection.close_if_unusable_or_obsolete()
    deliveries = WebhookDelivery.objects.filter(next_attempt_at__isnull=False).count()
    return deliveries + AutouserRun.objects.active().count()


def _leave_it_to_the_sweep(server: Server) -> None:
    """Kill all workers after the last call, so that no wake-up starts the new ones' work."""
    for worker in server.workers:
        server.kill_whole(worker)


def _settle() -> None:
    """Wait until nothing is due, as long as there are attempts."""
    started = since = time.monotonic()
    tried = -1
    while _waiting() and time.monotonic() - since < STUCK:
        if time.monotonic() - started > LONGEST:
            return
        time.sleep(0.25)
        if (now := WebhookAttempt.objects.count()) > tried:
            tried, since = now, time.monotonic()


def _judge(server: Server, callers: list[Caller], log: Log) -> Verdict:
    verdict = judge(
        [answer for caller in callers for answer in caller.answers],
        log.read(),
        Excuses(server.in_flight_at_deaths, server.frozen_at),
    )
    for caller in callers:
        for refusal in caller.refused:
            verdict.violation("a caller was refused", refusal)
        for code, count in caller.failures.items():
            verdict.figures[f"answered {code}"] = verdict.figures.get(f"answered {code}", 0) + count
    told_unchanged = {id for caller in callers for id in caller.told_unchanged}
    for id in WebhookEvent.objects.filter(request_id__in=told_unchanged).values_list("pk"):
        verdict.violation("invented: nothing was changed, a caller was told; there is an event", id)
    for how in server.ended_by_themselves():
        verdict.violation("a process ended that nobody killed", how)
    if log.forged:
        verdict.violation("a request with a bad signature", log.forged)
    verdict.figures["calls without an answer"] = sum(caller.unanswered for caller in callers)
    return verdict


def _report(
    options: argparse.Namespace, server: Server, verdict: Verdict, killing: float, settling: float
) -> str:
    kills = {"kills": server.kills.total(), **dict(sorted(server.kills.items()))}
    found = {rule: verdict.broken(rule) for rule in ("lost", "doubled", "invented")}
    lines = [
        f"# Chaos: seed {options.seed}, {server.kills.total()} kills",
        "",
        f"{killing:.0f} s of killing, {settling:.0f} s to settle.",
        "",
        *_table("killed with `kill -9`", kills),
        *_table("other trouble", dict(sorted(server.troubles.items()))),
        *_table("what happened", verdict.figures),
        *_table(
            "what must be 0",
            {
                **found,
                "processes that ended by themselves": len(server.ended_by_themselves()),
                "all violations": verdict.violations.total(),
            },
        ),
    ]
    for rule, count in verdict.violations.most_common():
        lines.append(f"VIOLATED {count} times: {rule}; for example {verdict.examples[rule]}")
    return "\n".join(lines) + "\n"


def _summary(server: Server, verdict: Verdict) -> str:
    figures = verdict.figures
    return (
        f"{server.kills.total()} kills, {figures['events']} events, {figures['attempts']} attempts:"
        f" lost {verdict.broken('lost')}, doubled {verdict.broken('doubled')},"
        f" ended by themselves {len(server.ended_by_themselves())},"
        f" violations {verdict.violations.total()}"
    )


def _table(head: str, rows: dict[str, int]) -> list[str]:
    width = max(map(len, [head, *rows]))
    return [
        f"| {head:<{width}} | count |",
        f"|{'-' * (width + 2)}|------:|",
        *(f"| {name:<{width}} | {count:>5} |" for name, count in rows.items()),
        "",
    ]
