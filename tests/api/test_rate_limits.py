"""The limiter: exact windows, shared by processes; and a store that is gone costs nobody."""

import contextlib
import logging
import socket
import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings

from api.ids import cuid
from api.security import rate_limits
from api.security.rate_limits import PATIENCE, make_limiter
from tests.clients import ApiClient
from tests.conftest import make_key

EVALUATIONS = "/api/v1/evaluations"


@pytest.fixture
def key():
    return f"test:{cuid()}"


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Store:
    """Accepts connections and never answers, until it is told to forward them to the real one."""

    def __init__(self, forward_to=None):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.forward_to = forward_to
        self.silent = True
        self.open = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.open.append(client)
                if not self.silent:
                    real = socket.create_connection(self.forward_to)
                    for pair in ((client, real), (real, client)):
                        threading.Thread(target=self._pump, args=pair, daemon=True).start()

    @staticmethod
    def _pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)

    def close(self):
        for one in (self.listener, *self.open):
            one.close()


@pytest.fixture
def hanging():
    store = Store()
    yield store
    store.close()


class TestInTheProcess:
    def test_it_lets_through_exactly_as_many(self, key):
        limiter = make_limiter("")
        windows = [limiter.hit(key, 5) for _ in range(8)]
        assert [window.exceeded for window in windows] == [False] * 5 + [True] * 3
        assert [window.remaining for window in windows] == [4, 3, 2, 1, 0, 0, 0, 0]

    def test_looking_counts_nothing(self, key):
        limiter = make_limiter("")
        limiter.hit(key, 5)
        assert [limiter.peek(key, 5).remaining for _ in range(3)] == [4, 4, 4]

    def test_the_window_slides(self, key, monkeypatch):
        clock = [1_800_000_000.0]
        monkeypatch.setattr(time, "time", lambda: clock[0])
        limiter = make_limiter("")
        for at in (0, 30):
            clock[0] = 1_800_000_000 + at
            assert not limiter.hit(key, 2).exceeded
        refused = limiter.hit(key, 2)
        assert (refused.exceeded, refused.retry_after) == (True, 30)
        clock[0] = 1_800_000_000 + 60.5  # the first one has left, the second has not
        assert [limiter.hit(key, 2).exceeded for _ in range(2)] == [False, True]

    def test_threads_get_no_more_than_there_is(self, key):
        limiter, passed = make_limiter(""), []

        def ask():
            for _ in range(40):
                if not limiter.hit(key, 100).exceeded:
                    passed.append(1)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(passed) == 100


OTHER_PROCESS = """
import sys, django
from django.conf import settings
settings.configure()
from api.security.rate_limits import make_limiter
limiter = make_limiter(sys.argv[1])
sys.stdin.readline()
print(sum(not limiter.hit(sys.argv[2], 100).exceeded for _ in range(100)))
"""


@pytest.mark.services
class TestInRedis:
    def test_two_processes_share_a_window(self, key):
        children = [
            subprocess.Popen(
                [sys.executable, "-c", OTHER_PROCESS, settings.RATE_LIMIT_URL, key],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=settings.BASE_DIR,
            )
            for _ in range(2)
        ]
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        passed = [int(child.communicate(timeout=60)[0]) for child in children]

        assert sum(passed) == 100
        window = make_limiter(settings.RATE_LIMIT_URL).peek(key, 100)
        assert window.remaining == 0
        assert 0 < window.retry_after <= 60

    def test_it_lets_through_exactly_as_many(self, key):
        limiter = make_limiter(settings.RATE_LIMIT_URL)
        windows = [limiter.hit(key, 5) for _ in range(7)]
        assert [window.exceeded for window in windows] == [False] * 5 + [True] * 2
        assert [window.remaining for window in windows] == [4, 3, 2, 1, 0, 0, 0]

    def test_it_comes_back_by_itself(self, key, caplog):
        host, port = settings.RATE_LIMIT_URL.split("/")[2].split(":")
        store = Store(forward_to=(host, int(port)))
        limiter = make_limiter(store.url)
        with caplog.at_level(logging.WARNING, "autousers.rate_limits"):
            for _ in range(10):
                assert not limiter.hit(key, 3).exceeded
            store.silent = False
            deadline = time.monotonic() + 10
            while limiter.peek(key, 3).remaining == 3 and time.monotonic() < deadline:
                limiter.hit(key, 3)
                time.sleep(0.05)
            for _ in range(3):
                limiter.hit(key, 3)
        assert limiter.hit(key, 3).exceeded
        assert limiter.uncounted >= 10
        assert "enforced again" in caplog.text
        store.close()


class TestAStoreThatIsGone:
    def test_refused_connections_let_everybody_through(self, key, caplog):
        limiter = make_limiter(f"redis://127.0.0.1:{closed_port()}/0")
        with caplog.at_level(logging.WARNING, "autousers.rate_limits"):
            windows = [limiter.hit(key, 3) for _ in range(100)]
        assert not any(window.exceeded for window in windows)
        assert limiter.uncounted == 100
        assert caplog.text.count("Rate limits are not enforced") == 1

    def test_a_limiter_with_a_fallback_counts_there(self, key, caplog):
        fallback = make_limiter("")
        limiter = make_limiter(f"redis://127.0.0.1:{closed_port()}/0", fallback)
        with caplog.at_level(logging.WARNING, "autousers.rate_limits"):
            windows = [limiter.hit(key, 3, 3600) for _ in range(5)]
        assert [window.exceeded for window in windows] == [False] * 3 + [True] * 2
        assert 3500 < windows[-1].retry_after <= 3600
        assert fallback.peek(key, 3, 3600).remaining == 0
        assert "counted by each process for itself" in caplog.text

    def test_one_that_never_answers_is_waited_for_once(self, key, hanging):
        limiter = make_limiter(hanging.url)
        started = time.monotonic()
        for _ in range(1000):
            assert not limiter.hit(key, 3).exceeded
        assert PATIENCE / 2 < time.monotonic() - started < PATIENCE + 0.5

    def test_many_at_once_wait_no_longer(self, key, hanging):
        limiter, slowest = make_limiter(hanging.url), []

        def ask():
            for _ in range(50):
                started = time.monotonic()
                limiter.hit(key, 3)
                slowest.append(time.monotonic() - started)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(slowest) == 400
        assert max(slowest) < PATIENCE + 0.5
        assert sum(took > PATIENCE / 2 for took in slowest) <= 8

    @pytest.mark.parametrize("answer", [b"-OOM command not allowed\r\n", b"nonsense\r\n", b""])
    def test_one_that_answers_with_nonsense_lets_through(self, key, answer):
        listener = socket.create_server(("127.0.0.1", 0))

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    client.recv(65536)
                    client.sendall(answer * 20)
                    client.close()

        threading.Thread(target=serve, daemon=True).start()
        limiter = make_limiter(f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
        assert not any(limiter.hit(key, 1).exceeded for _ in range(5))
        assert limiter.uncounted == 5
        listener.close()

    def test_a_request_is_answered_as_if_nothing_were(self, team, monkeypatch, hanging):
        limiter = make_limiter(hanging.url)
        monkeypatch.setattr(rate_limits, "limiter", lambda: limiter)
        client = ApiClient(make_key(team))
        took = []
        for _ in range(5):
            started = time.monotonic()
            response = client.get(EVALUATIONS)
            took.append(time.monotonic() - started)
            assert response.status_code == 200
            assert response["X-RateLimit-Remaining"] == "600"
        assert took[0] < PATIENCE + 1
        assert max(took[1:]) < 0.5
