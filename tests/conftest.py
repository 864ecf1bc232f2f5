"""The world the tests act in: people, teams, keys and clients that hold them."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, TypeVar

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.utils import timezone
from hypothesis import HealthCheck, settings

from api.background import Background
from api.security import rate_limits, security_limits
from teams.models import AccountMail, Invitation, MailKind, Membership, Role, Team, User
from teams.people import services
from tests.clients import ApiClient
from tests.emptying import empty_database

pytest_plugins = ["tests.selection"]

# Properties must hold on a busy machine too. What takes too long is found by tests/growth.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what only PostgreSQL can show: it locks rows, where SQLite locks the file."""
    if item.get_closest_marker("services") and connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL and Redis: make test-services")


TransactionTestCase._fixture_teardown = empty_database  # type: ignore[method-assign] # much quicker

#: Every test counts requests in here.
COUNTED_HERE = rate_limits.make_limiter("")

#: The migrations that bring in built-in rows.
SEEDS = (
    "evaluations.migrations.0003_built_in_dimensions",
    "autousers.migrations.0002_built_in_autousers",
)

PASSWORD = "correct horse battery staple"

Rows = TypeVar("Rows")


def make_user(email: str = "owner@example.org", **extra: Any) -> User:
    return User.objects.create_user(email, PASSWORD, **extra)


def make_team(*, owner: User, name: str = "Kiosk crew", plan: str = "pro") -> Team:
    return services.create_team(name=name, owner=owner, plan=plan)


def make_key(team: Team, user: User | None = None, scopes: tuple[str, ...] = ("*",)) -> str:
    """A key whose maker was told of it already: no mail about it is waiting."""
    _key, token = services.create_key(
        team=team, user=user or team.owner, name="test", scopes=list(scopes)
    )
    AccountMail.objects.filter(kind=MailKind.KEY_MADE).delete()
    return token


def make_member(team: Team, role: Role, email: str = "member@example.org") -> User:
    user = make_user(email)
    Membership.objects.create(team=team, user=user, role=role)
    return user


def make_evaluation(api: ApiClient) -> dict[str, Any]:
    return created(
        api.post(
            "/api/v1/evaluations",
            {"name": "Ticket kiosk", "designUrls": [{"url": "https://example.com/kiosk"}]},
        )
    )


def make_endpoint(api: ApiClient) -> dict[str, Any]:
    return created(
        api.post(
            "/api/v1/webhooks", {"url": "https://hooks.example.com/in", "enabled_events": ["*"]}
        )
    )


def created(response: Any) -> dict[str, Any]:
    assert response.status_code == 201, response.content
    return dict(response.json())


def make_invitation(
    team: Team, email: str = "invited@example.org", role: Role = Role.EDITOR, **extra: Any
) -> Invitation:
    now = timezone.now()
    extra = {"invited_by": team.owner, "expires_at": now + Invitation.GOOD_FOR, **extra}
    return Invitation.objects.create(team=team, email=email, role=role, created_at=now, **extra)


def wake_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Background, "ask", lambda _self: None)


def count_from_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "limiter", lambda: COUNTED_HERE)
    monkeypatch.setattr(security_limits, "limiter", lambda: COUNTED_HERE)
    COUNTED_HERE.forget()


@pytest.fixture(autouse=True)
def nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the waking threads, and the connections they open, out of tests that do not ask."""
    wake_nobody(monkeypatch)


@pytest.fixture(autouse=True)
def built_in_rows(request: pytest.FixtureRequest) -> None:
    """Seed the built-in rows again: a test with real transactions empties every table behind it."""
    marker = request.node.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        request.getfixturevalue("transactional_db")
        for name in SEEDS:
            import_module(name).seed(apps, None)


@pytest.fixture(autouse=True)
def nobody_has_asked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count requests in the test's process alone, and from zero: all tests share an address."""
    count_from_zero(monkeypatch)


@pytest.fixture(scope="module")
def make_once(
    django_db_setup: None, django_db_blocker: Any
) -> Iterator[Callable[[Callable[[], Rows]], Rows]]:
    """Make rows for all tests of a module: `make_once(World)` calls World() and gives its result.

    A transaction around these tests holds the rows. What a test changes is rolled back to them as
    ever, so each test finds them as they were made. Not for tests with real transactions.
    """
    around = transaction.atomic()
    around._from_testcase = True  # what wants to be the outermost transaction may be inside it

    def make(build: Callable[[], Rows]) -> Rows:
        with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as monkeypatch:
            wake_nobody(monkeypatch)
            count_from_zero(monkeypatch)
            return build()

    with django_db_blocker.unblock():
        around.__enter__()
    yield make
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture
def owner(db: None) -> User:
    return make_user(name="Olga Owner")


@pytest.fixture
def team(owner: User) -> Team:
    return make_team(owner=owner)


@pytest.fixture
def other_team(db: None) -> Team:
    """A team that `owner` is not in."""
    return make_team(owner=make_user("stranger@example.org"), name="Somebody else")


@pytest.fixture
def api(team: Team) -> ApiClient:
    """A client that holds a key of `team` with every scope, made by its Owner."""
    return ApiClient(make_key(team))


@pytest.fixture
def other_api(other_team: Team) -> ApiClient:
    return ApiClient(make_key(other_team))


@pytest.fixture
def anonymous() -> ApiClient:
    return ApiClient()


@pytest.fixture
def session(owner: User) -> Callable[..., ApiClient]:
    """Make a client signed in as a person (the Owner, when none is named)."""

    def sign_in(user: User | None = None, **options: Any) -> ApiClient:
        client = ApiClient(**options)
        client.force_login(user or owner)
        return client

    return sign_in


@pytest.fixture
def evaluation(api: ApiClient) -> dict[str, Any]:
    """A Draft with one design, as the API answered it."""
    return make_evaluation(api)


@pytest.fixture
def endpoint(api: ApiClient) -> dict[str, Any]:
    """An endpoint of `team` that wants every event, as the API answered it."""
    return make_endpoint(api)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Races need real transactions and a broker: without PostgreSQL they are skipped, by name."""
    if connection.vendor == "postgresql":
        return
    skip = pytest.mark.skip(reason="needs PostgreSQL and Redis: make test-services")
    for item in items:
        if item.get_closest_marker("services"):
            item.add_marker(skip)
