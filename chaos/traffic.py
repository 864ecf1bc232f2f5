"""Callers of the API that record every answer."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

#: The next status of each status, in a circle.
NEXT = {"Draft": "Running", "Running": "Ended", "Ended": "Running"}


#: The code for "a request with this key is still running", which is no final answer.
IN_USE = "idempotency_key_in_use"

#: The share of changes without an idempotency key that are requested twice at the same time.
TWICE = 0.2


@dataclass(frozen=True)
class Answer:
    """A change with a 2xx answer.

    `sure` when the caller knew what stood there before, so that this request
    is what changed it.
    """

    evaluation: str
    request_id: str
    key: str | None
    type: str
    sure: bool


@dataclass
class Known:
    """A caller's own evaluation; the status is None after a lost answer."""

    id: str
    status: str | None


class NoAnswer(Exception):
    """The connection broke or the answer was an error: the outcome is unknown."""


@dataclass
class Caller:
    """Creates evaluations and changes their status until it is stopped.

    `creates` is the share of calls that create one; `pause` the seconds
    between two calls, on average.
    """

    port: int
    token: str
    seed: int
    pause: float
    stop: threading.Event
    creates: float = 0.1
    answers: list[Answer] = field(default_factory=list)
    created: int = 0
    unanswered: int = 0
    refused: list[str] = field(default_factory=list)
    #: Answers with a failure of the server, by code.
    failures: Counter[str] = field(default_factory=Counter)
    #: Ids of requests that were answered with "nothing was changed".
    told_unchanged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._evaluations: list[Known] = []
        self._connection: http.client.HTTPConnection | None = None
        self._keys = 0

    def run(self) -> None:
        """Call until stopped."""
        while not self.stop.is_set():
            try:
                self._step()
            except NoAnswer:
                self.unanswered += 1
                time.sleep(0.02)
            self.stop.wait(self._random.uniform(0, 2 * self.pause))

    def _step(self) -> None:
        if len(self._evaluations) < 3 or self._random.random() < self.creates:
            self._create()
        else:
            self._change(self._random.choice(self._evaluations[-20:]))

    def _create(self) -> None:
        """Create an evaluation; with a key, repeat the request until there is an answer."""
        key = self._new_key() if self._random.random() < 0.7 else None
        status, headers, body = self._insist("POST", "/evaluations", {"name": "Chaos"}, key)
        if status != 201:
            self.refused.append(f"POST {status} {body}")
            return
        self.created += 1
        self._evaluations.append(Known(body["id"], body["status"]))
        request_id = headers["X-Request-Id"]
        self.answers.append(Answer(body["id"], request_id, key, "evaluation.created", sure=True))

    def _change(self, known: Known) -> None:
        path = f"/evaluations/{known.id}"
        sure = known.status is not None
        if known.status is None:
            status, _headers, body = self._call("GET", path)
            if status != 200:
                raise NoAnswer
            known.status = str(body["status"])
        wanted = NEXT[known.status]
        key = self._new_key() if self._random.random() < 0.2 else None
        known.status = None
        twin = None
        if key is None and self._random.random() < TWICE:
            twin, sure = self._in_parallel("PATCH", path, {"status": wanted}), False
        try:
            status, headers, body = self._insist("PATCH", path, {"status": wanted}, key)
        finally:
            if twin:
                twin.join()  # it must not change anything later on
        if status != 200:
            self.refused.append(f"PATCH {status} {body}")
            return
        known.status = str(body["status"])
        request_id = headers["X-Request-Id"]
        kind = "evaluation.status_changed"
        self.answers.append(Answer(known.id, request_id, key, kind, sure))

    def _in_parallel(self, method: str, path: str, body: Any) -> threading.Thread:
        """Send the same request at the same time, like a double click."""
        other = Caller(self.port, self.token, self.seed, self.pause, self.stop)
        other.failures, other.told_unchanged = self.failures, self.told_unchanged

        def call() -> None:
            with suppress(NoAnswer):
                other._call(method, path, body)

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        return thread

    def _insist(
        self, method: str, path: str, body: Any, key: str | None
    ) -> tuple[int, dict[str, str], Any]:
        """Call; with an idempotency key, repeat until there is an answer."""
        while True:
            try:
                status, headers, read = self._call(method, path, body, key)
                if status == HTTPStatus.CONFLICT and read["error"]["code"] == IN_USE:
                    # The first call with this key lost its connection and is still running.
                    raise NoAnswer
                return status, headers, read
            except NoAnswer:
                self.unanswered += 1
                if key is None or self.stop.is_set():
                    raise
                time.sleep(0.05)

    def _call(
        self, method: str, path: str, body: Any = None, key: str | None = None
    ) -> tuple[int, dict[str, str], Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = None if body is None else json.dumps(body)
            self._connection.request(method, f"/api/v1{path}", sent, headers)
            reply = self._connection.getresponse()
            read = json.loads(reply.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()
            self._connection = None
            raise NoAnswer from error
        if reply.status >= 500:
            self._note_failure(read["error"])
            raise NoAnswer
        return reply.status, dict(reply.headers), read

    def _note_failure(self, error: dict[str, Any]) -> None:
        self.failures[str(error["code"])] += 1
        if "nothing was changed" in error["message"].lower():
            self.told_unchanged.append(error["request_id"])

    def _new_key(self) -> str:
        self._keys += 1
        return f"chaos-{self.seed}-{self._keys}"


#: The outcomes of the fake engine: mostly ratings, some failures, some slow ones.
SCRIPTS = ("score=4", "score=2", "score=5&steps=4&delay=0.1", "fail=no", "score=3&tokens=10")


class Researcher(Caller):
    """Creates studies and queues runs; cancels some runs and ends some studies."""

    def _step(self) -> None:
        study = self._new_study()
        if study is None:
            return
        path = f"/evaluations/{study}"
        status, headers, body = self._insist("POST", f"{path}/run-autousers", {}, self._new_key())
        if status != 202:
            self.refused.append(f"POST run-autousers {status} {body}")
            return
        request_id = headers["X-Request-Id"]
        kind = "evaluation.status_changed"
        self.answers.append(Answer(study, request_id, None, kind, sure=True))
        draw = self._random.random()
        if draw < 0.2:
            self._call("POST", f"{path}/stop-autousers", {})
        elif draw < 0.4:
            self._call("PATCH", path, {"status": "Ended"})

    def _new_study(self) -> str | None:
        """Create a study; with a key, repeat the request until there is an answer."""
        key = self._new_key()
        scripts = self._random.sample(SCRIPTS, k=self._random.randint(1, 3))
        designs = [{"url": f"https://design.example/?{script}"} for script in scripts]
        agents = [{"autouserId": "novice", "agentCount": self._random.randint(1, 3)}]
        body = {"name": "Chaos", "designUrls": designs, "selectedAutousers": agents}
        status, headers, reply = self._insist("POST", "/evaluations", body, key)
        if status != 201:
            self.refused.append(f"POST {status} {reply}")
            return None
        self.created += 1
        request_id = headers["X-Request-Id"]
        self.answers.append(Answer(reply["id"], request_id, key, "evaluation.created", sure=True))
        return str(reply["id"])
