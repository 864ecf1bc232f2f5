"""CPU of a request within this process: the API's and the floor's, in turn.

    python -m benchmarks.api.cpu ROUNDS REQUESTS TOKEN ID...

Requests go through the whole application, but through no web server and no
socket. Prints, for each operation, the milliseconds of each round as JSON.
"""

import io
import json
import os
import sys
import time
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.api.settings")

from benchmarks.api.operations import API, FLOOR, OPERATIONS, Operation
from config.wsgi import application

WARM_UP = 50


def send(method: str, path: str, body: bytes, token: str) -> None:
    """One request, answered 200 and read to its end."""
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }  # fmt: skip
    statuses: list[str] = []
    response = application(environ, lambda status, _headers: statuses.append(status))
    answer = b"".join(response)
    response.close()
    if statuses != ["200 OK"]:
        sys.exit(f"{method} {path}: {statuses} {answer!r}")


def sender(operation: Operation, prefix: str, token: str, ids: list[str]) -> Callable[[int], None]:
    """What sends the request of a number, to us or to the floor."""
    ours = prefix == API

    def one(number: int) -> None:
        path = operation.path(prefix, ids[number % len(ids)])
        body = operation.body.format(n=number).encode() if ours else b""
        send(operation.method if ours else "GET", path, body, token)

    return one


def milliseconds(send_one: Callable[[int], None], first: int, requests: int) -> float:
    """CPU of each of some requests."""
    begun = time.process_time()
    for number in range(first, first + requests):
        send_one(number)
    return (time.process_time() - begun) / requests * 1000


def measure(
    rounds: int, requests: int, token: str, ids: list[str]
) -> dict[str, list[tuple[float, float]]]:
    """By operation, for each round: milliseconds of ours and of its floor."""
    sides = {
        name: [sender(operation, prefix, token, ids) for prefix in (API, FLOOR)]
        for name, operation in OPERATIONS.items()
    }
    for pair in sides.values():
        for side in pair:
            milliseconds(side, 0, WARM_UP)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for round_number in range(1, rounds + 1):
        for name, (ours, floor) in sides.items():
            first = round_number * requests
            pair = milliseconds(ours, first, requests), milliseconds(floor, first, requests)
            found[name].append(pair)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])))
