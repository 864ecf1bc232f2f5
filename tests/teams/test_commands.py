"""The commands that make teams, keys and the demo's world."""

import json

import pytest
from django.core.management import CommandError, call_command

from teams.auth.scopes import READ_SCOPES
from teams.models import ApiKey, Role, Team, User
from tests.clients import ApiClient
from tests.conftest import make_member, make_user

PASSWORD = "a long enough passphrase"


def run(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """Run a command and return what it printed on standard output."""
    call_command(*command)
    return capsys.readouterr().out


class TestCreateTeam:
    def test_it_registers_the_owner_and_prints_the_id(self, db, capsys):
        printed = run(
            capsys,
            *("create_team", "--name", "Kiosk crew", "--owner", "New@Example.org"),
            *("--plan", "team", "--password", PASSWORD),
        )

        team = Team.objects.get(pk=printed.strip())
        assert (team.name, team.plan, team.owner.email) == ("Kiosk crew", "team", "new@example.org")
        assert team.owner.check_password(PASSWORD)

    def test_it_takes_a_user_who_exists_and_the_default_plan(self, db, capsys, settings):
        settings.DEFAULT_PLAN = "enterprise"
        owner = make_user("owner@example.org")

        printed = run(capsys, "create_team", "--name", "Second", "--owner", "OWNER@example.org")

        team = Team.objects.get(pk=printed.strip())
        assert (team.owner, team.plan) == (owner, "enterprise")

    def test_without_a_terminal_and_a_password_the_user_cannot_sign_in_yet(self, db, capsys):
        run(capsys, "create_team", "--name", "Kiosk crew", "--owner", "new@example.org")

        assert not User.objects.get().has_usable_password()

    @pytest.mark.parametrize(
        ("email", "password", "reason"),
        [
            ("new@example.org", "12345", "too short"),
            ("nobody", PASSWORD, "valid email address"),
        ],
    )
    def test_it_refuses(self, db, email, password, reason):
        with pytest.raises(CommandError, match=reason):
            call_command("create_team", "--name", "Kiosk", "--owner", email, "--password", password)

        assert not User.objects.exists()


class TestCreateKey:
    def test_it_prints_a_key_that_works(self, team, capsys):
        member = make_member(team, Role.EDITOR)

        printed = run(
            capsys,
            *("create_key", "--team", team.pk, "--user", member.email, "--name", "CI"),
            *("--scope", "evaluations:read", "--scope", "evaluations:write"),
        )

        assert ApiClient(printed.strip()).get("/api/v1/evaluations").status_code == 200
        key = ApiKey.objects.get()
        assert (key.user, key.name) == (member, "CI")
        assert key.scopes == ["evaluations:read", "evaluations:write"]

    def test_it_refuses_a_user_who_is_not_in_the_team(self, team):
        make_user("stranger@example.org")

        with pytest.raises(CommandError, match="not a member"):
            call_command(
                *("create_key", "--team", team.pk, "--user", "stranger@example.org"),
                *("--name", "CI", "--scope", "*"),
            )

    def test_it_refuses_a_team_and_a_scope_that_do_not_exist(self, team):
        arguments = ("--user", team.owner.email, "--name", "CI", "--scope")

        with pytest.raises(CommandError, match="no team"):
            call_command("create_key", "--team", "nothing", *arguments, "*")
        with pytest.raises(CommandError, match="invalid choice"):
            call_command("create_key", "--team", team.pk, *arguments, "evaluations:fly")


class TestSeedDemo:
    @pytest.fixture(autouse=True)
    def embedded(self, db, settings):
        settings.EMBEDDED = True

    def test_it_prints_one_json_object_and_nothing_else(self, capsys):
        seeded = json.loads(run(capsys, "seed_demo", "--json"))

        assert sorted(seeded) == ["adminEmail", "adminPassword", "baseUrl", "teams"]
        assert seeded["baseUrl"] == "http://testserver"
        assert [(team["name"], team["plan"]) for team in seeded["teams"]] == [
            ("Demo Pro", "pro"),
            ("Demo Free", "free"),
            ("Demo Other", "pro"),
        ]
        pro, free, other = (Team.objects.get(pk=team["id"]) for team in seeded["teams"])
        assert pro.owner == free.owner != other.owner

    def test_its_keys_belong_to_the_owner_and_have_these_scopes(self, capsys):
        for team in json.loads(run(capsys, "seed_demo", "--json"))["teams"]:
            everything = ApiKey.objects.get(digest=ApiKey.digest_of(team["apiKey"]))
            reading = ApiKey.objects.get(digest=ApiKey.digest_of(team["readOnlyKey"]))
            owner = Team.objects.get(pk=team["id"]).owner

            assert everything.scopes == ["*"]
            assert reading.scopes == list(READ_SCOPES)
            assert everything.user == reading.user == owner

    def test_its_administrator_can_sign_in(self, capsys, client):
        seeded = json.loads(run(capsys, "seed_demo", "--json"))

        assert client.login(email=seeded["adminEmail"], password=seeded["adminPassword"])
        assert User.objects.get(email=seeded["adminEmail"]).is_superuser

    def test_a_later_call_reuses_people_and_teams_and_makes_fresh_keys(self, capsys):
        first = json.loads(run(capsys, "seed_demo", "--json"))
        user = User.objects.get(email=first["adminEmail"])
        user.set_password("changed meanwhile")
        user.save()
        Team.objects.filter(pk=first["teams"][1]["id"]).update(plan="pro")
        counts = User.objects.count(), Team.objects.count()

        second = json.loads(run(capsys, "seed_demo", "--json"))

        assert (User.objects.count(), Team.objects.count()) == counts
        keys = ("apiKey", "readOnlyKey")
        for before, after in zip(first["teams"], second["teams"], strict=True):
            assert {**before, **dict.fromkeys(keys)} == {**after, **dict.fromkeys(keys)}
            assert all(before[key] != after[key] for key in keys)
        assert first["adminPassword"] == second["adminPassword"]
        user.refresh_from_db()
        assert user.check_password(second["adminPassword"])

    def test_for_people_it_prints_text(self, capsys):
        assert "Demo Free (free)" in run(capsys, "seed_demo")

    def test_it_refuses_outside_the_embedded_default(self, settings):
        settings.EMBEDDED = False

        with pytest.raises(CommandError, match="refuses"):
            call_command("seed_demo", "--json")
        assert not User.objects.exists()
