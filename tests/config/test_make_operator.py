"""`manage.py make_operator`: roles of operators, and what each may do."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.management import CommandError, call_command

from config.operators import roles
from teams.accounts import mails
from teams.models import Team, User
from tests.conftest import PASSWORD, make_user
from webhooks.apps import WebhooksConfig

pytestmark = pytest.mark.django_db


def make(email: str = "olga@example.org", *, role: str, **options: str) -> User:
    call_command("make_operator", email, role=role, **options)
    return User.objects.get(email=email)


def role_groups(user: User) -> list[str]:
    return [group.name for group in user.groups.order_by("name")]


class TestPeople:
    def test_a_new_one_gets_an_account_a_team_and_the_role(self, capsys):
        user = make(role="support", password=PASSWORD)

        assert user.check_password(PASSWORD)
        assert (user.is_staff, user.is_superuser) == (True, False)
        assert Team.objects.get(owner=user).is_personal
        assert role_groups(user) == ["role: support"]
        assert "olga@example.org is an operator with the role support." in capsys.readouterr().out

    def test_without_a_password_a_link_is_mailed(self, capsys):
        user = make(role="admin")
        mails.send_due()

        assert not user.has_usable_password()
        assert [(one.to, one.subject) for one in mail.outbox] == [
            (["olga@example.org"], "Finish signing up")
        ]
        assert "a link to choose a password" in capsys.readouterr().out

    def test_one_who_has_an_account_keeps_password_and_name(self):
        make_user("olga@example.org", name="Olga")
        user = make("olga@example.org", role="operator")

        assert (user.name, user.check_password(PASSWORD)) == ("Olga", True)
        assert role_groups(user) == ["role: operator"]

    def test_a_role_takes_the_place_of_another_and_leaves_other_groups(self):
        user = make(role="admin", password=PASSWORD)
        user.groups.add(Group.objects.create(name="night shift"))
        assert user.is_superuser

        make(role="operator")
        user = make(role="auditor")
        assert not user.is_superuser
        assert role_groups(user) == ["night shift", "role: auditor"]

    @pytest.mark.parametrize(
        ("email", "password", "message"),
        [
            ("no address", "", "Enter a valid email address."),
            ("olga@example.org", "short", "This password is too short"),
        ],
    )
    def test_what_cannot_be_is_refused_and_leaves_nobody(self, email, password, message):
        with pytest.raises(CommandError, match=message):
            call_command("make_operator", email, role="admin", password=password)

        assert not User.objects.exists()

    def test_somebody_deactivated_is_refused(self):
        make_user("olga@example.org", is_active=False)
        with pytest.raises(CommandError, match="was deactivated"):
            make(role="admin")

        assert not User.objects.get().is_staff


class TestRoles:
    def test_every_permission_named_exists(self):
        for role, names in roles.POWERS.items():
            held = {f"{p.content_type.app_label}.{p.codename}" for p in roles.permissions_of(role)}
            assert set(names) <= held

    def test_all_see_the_health_of_the_server(self):
        user = make(role="support", password=PASSWORD)

        assert user.has_perms(
            ["api.view_heartbeat", "webhooks.view_webhookdelivery", "autousers.view_autouserrun"]
        )

    def test_support_and_auditors_change_nothing(self):
        for role in ("support", "auditor"):
            changing = [
                one.codename
                for one in roles.permissions_of(role)
                if one.codename.startswith(("add_", "change_", "delete_"))
            ]
            assert changing == []

    def test_nobody_but_superusers_gives_permissions(self):
        for role in roles.POWERS:
            assert not roles.permissions_of(role).filter(codename="change_group").exists()

    def test_migrating_brings_the_groups_up_to_date(self):
        from django.apps import apps
        from django.db.models.signals import post_migrate

        roles.update_groups()
        group = Group.objects.get(name="role: support")
        group.permissions.set(Permission.objects.filter(codename="delete_team"))
        config = apps.get_app_config(WebhooksConfig.name)
        post_migrate.send(
            sender=config, app_config=config, verbosity=0, interactive=False, using="default"
        )

        assert set(group.permissions.all()) == set(roles.permissions_of("support"))
