"""What operators may do to people: nobody hands out, or takes over, more than they hold."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core import mail

from evaluations.models import Evaluation
from teams.accounts import mails
from teams.models import ApiKey, Membership, Team, User
from tests.admin.conftest import form_data, grant, list_of, path_of, run_action
from tests.conftest import PASSWORD, make_key, make_user

pytestmark = pytest.mark.slow

USERS = "/admin/teams/user/"
GROUPS = "/admin/auth/group/"
MEMBERSHIPS = "/admin/teams/membership/"
EVERYTHING = {"is_staff": "on", "is_superuser": "on", "is_active": "on"}


def permission(codename):
    return Permission.objects.get(codename=codename)


def me():
    return User.objects.get(email="operator@example.org")


def subjects():
    mails.send_due()
    messages, mail.outbox[:] = list(mail.outbox), []
    return [(message.to[0], message.subject) for message in messages]


class TestNewPeople:
    def test_they_get_a_link_and_a_team_and_no_password(self, admin):
        page = admin.get(f"{USERS}add/")
        data = form_data(page, email="New@Example.org", name="Nora New")
        forged = {**EVERYTHING, "password1": PASSWORD, "password2": PASSWORD, "password": "x"}

        response = admin.post(f"{USERS}add/", {**data, **forged, "usable_password": "true"})

        assert response.status_code == 302, response.context["adminform"].form.errors
        user = User.objects.get(email="new@example.org")
        assert not user.has_usable_password()
        assert (user.is_staff, user.is_superuser) == (False, False)
        assert Team.objects.get(owner=user).name == "Nora New's team"
        assert subjects() == [("new@example.org", "Finish signing up")]

    def test_an_operator_makes_no_superuser(self, operator):
        client = operator("view_user", "add_user", "change_user")
        data = {"email": "new@example.org", "name": "x", **EVERYTHING}
        data["user_permissions"] = [permission("change_user").pk]
        assert client.post(f"{USERS}add/", data).status_code == 302
        user = User.objects.get(email="new@example.org")
        assert (user.is_staff, user.is_superuser) == (False, False)
        assert not user.user_permissions.exists()


class TestPasswords:
    @pytest.mark.parametrize("who", ["root", "operator"])
    def test_nobody_sets_one_for_somebody_else(self, admin, operator, owner, who):
        client = admin if who == "root" else operator("view_user", "change_user")
        new = "battery staple horse"
        data = {"password1": new, "password2": new, "usable_password": "true", "set-password": ""}
        assert client.get(f"{USERS}{owner.pk}/password/").status_code in (302, 404)
        client.post(f"{USERS}{owner.pk}/password/", data, follow=True)
        page = client.get(path_of(owner))
        client.post(path_of(owner), form_data(page, password=new, **data))
        owner.refresh_from_db()
        assert owner.check_password(PASSWORD)
        assert f"{owner.pk}/password/" not in page.content.decode()

    def test_a_link_is_mailed_instead(self, operator, owner):
        client = operator("view_user", "change_user")
        assert "mail_password_link" in client.get(path_of(owner)).content.decode()
        gone = make_user("gone@example.org", is_active=False)
        response = run_action(client, "mail_password_link", owner, gone)
        told = [str(message) for message in response.context["messages"]]
        assert told == ["Links mailed: 1.", "gone@example.org was deactivated."]
        assert subjects() == [(owner.email, "Choose a new password")]
        assert LogEntry.objects.get(object_id=owner.pk).user == me()

    def test_looking_is_not_enough_for_that(self, operator, owner):
        run_action(operator("view_user"), "mail_password_link", owner)
        assert subjects() == []


class TestAddresses:
    def test_an_operator_cannot_change_one(self, operator, owner):
        client = operator("view_user", "change_user")
        page = client.get(path_of(owner))
        response = client.post(path_of(owner), form_data(page, name="Olga", email="me@example.org"))
        assert response.status_code == 302
        owner.refresh_from_db()
        assert (owner.name, owner.email) == ("Olga", "owner@example.org")

    def test_a_superuser_can_and_the_old_one_is_told(self, admin, owner):
        page = admin.get(path_of(owner))
        response = admin.post(path_of(owner), form_data(page, name="Olga", email="O@Example.org"))
        assert response.status_code == 302, response.context["adminform"].form.errors
        owner.refresh_from_db()
        assert (owner.name, owner.email) == ("Olga", "o@example.org")
        assert owner.check_password(PASSWORD)
        assert subjects() == [("owner@example.org", "The address of your account was changed")]


class TestPowersOfPeople:
    def test_an_operator_gives_none_to_others_or_to_themselves(self, operator, owner):
        client = operator("view_user", "change_user", "view_group", "change_group")
        strong = Group.objects.create(name="strong")
        strong.permissions.add(permission("change_team"))
        for person in (owner, me()):
            data = form_data(client.get(path_of(person)), **EVERYTHING, groups=[strong.pk])
            data["user_permissions"] = [permission("change_team").pk]
            client.post(path_of(person), data)
            person.refresh_from_db()
            assert not person.is_superuser
            assert not person.groups.exists()
            assert not person.user_permissions.filter(codename="change_team").exists()
        assert not owner.is_staff

    @pytest.mark.parametrize("through", ["themselves", "a group", "being a superuser"])
    @pytest.mark.parametrize("active", [True, False])
    def test_who_holds_more_is_out_of_reach(self, operator, through, active):
        client = operator("view_user", "change_user")
        boss = make_user("boss@example.org", is_staff=True, name="Boss", is_active=active)
        if through == "themselves":
            grant(boss, "change_team")
        elif through == "a group":
            group = Group.objects.create(name="bosses")
            group.permissions.add(permission("change_team"))
            boss.groups.add(group)
        else:
            User.objects.filter(pk=boss.pk).update(is_superuser=True)
        data = {"email": boss.email, "name": "Mine", "is_active": "" if active else "on"}
        assert client.post(path_of(boss), data).status_code == 403
        boss.refresh_from_db()
        assert (boss.name, boss.is_active) == ("Boss", active)

    def test_who_holds_as_much_is_within_reach(self, operator):
        client = operator("view_user", "change_user")
        peer = grant(make_user("peer@example.org", is_staff=True), "view_user")
        data = form_data(client.get(path_of(peer)), name="Pia")
        assert client.post(path_of(peer), data).status_code == 302
        peer.refresh_from_db()
        assert peer.name == "Pia"

    def test_they_are_deactivated_not_deleted(self, admin, owner):
        assert admin.post(path_of(owner, "delete"), {"post": "yes"}).status_code == 403

    def test_a_refusal_says_what_it_is(self, operator, root):
        page = operator("view_user", "change_user").post(path_of(root), {}).content.decode()
        assert "You may not do this." in page
        assert "CSRF" not in page


class TestGroups:
    @pytest.fixture
    def client(self, operator):
        return operator("view_group", "add_group", "change_group", "delete_group")

    def test_a_new_one_gets_no_more_than_its_maker_holds(self, client):
        data = {"name": "mine", "permissions": [permission("change_user").pk]}
        assert client.post(f"{GROUPS}add/", data).status_code == 200
        assert not Group.objects.filter(name="mine").exists()
        data["permissions"] = [permission("view_group").pk]
        assert client.post(f"{GROUPS}add/", data).status_code == 302
        assert Group.objects.get(name="mine").permissions.get().codename == "view_group"

    def test_the_form_offers_no_more(self, client):
        offered = client.get(f"{GROUPS}add/").context["adminform"].form.fields["permissions"]
        held = ["add_group", "change_group", "delete_group", "view_group"]
        assert sorted(offered.queryset.values_list("codename", flat=True)) == held

    def test_one_that_the_operator_is_in_gets_no_more_either(self, client):
        group = Group.objects.create(name="mine")
        group.permissions.add(permission("view_group"))
        me().groups.add(group)
        data = {"name": "mine", "permissions": [permission("change_user").pk]}
        assert client.post(path_of(group), data).status_code == 200
        assert [each.codename for each in group.permissions.all()] == ["view_group"]

    def test_one_that_holds_more_is_out_of_reach(self, client):
        group = Group.objects.create(name="strong")
        group.permissions.add(permission("change_user"))
        data = {"name": "weak", "permissions": []}
        assert client.post(path_of(group), data).status_code == 403
        assert client.post(path_of(group, "delete"), {"post": "yes"}).status_code == 403
        body = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}
        client.post(list_of(group), {**body, "index": "0"})
        assert [each.codename for each in group.permissions.all()] == ["change_user"]

    def test_a_superuser_gives_what_they_like(self, admin):
        data = {"name": "strong", "permissions": [permission("change_user").pk]}
        assert admin.post(f"{GROUPS}add/", data).status_code == 302
        assert Group.objects.get(name="strong").permissions.get().codename == "change_user"


class TestTeams:
    def test_nobody_makes_themselves_a_member(self, operator, team):
        client = operator("view_membership", "add_membership", "view_user", "view_team")
        data = {"team": team.pk, "user": me().pk, "role": "Admin"}
        response = client.post(f"{MEMBERSHIPS}add/", data)
        assert "You cannot give yourself a role" in response.content.decode()
        assert not Membership.objects.exists()

    @pytest.mark.parametrize("change", ["role", "team", "user"])
    def test_nobody_makes_more_of_their_membership(self, operator, team, other_team, change):
        client = operator("view_membership", "change_membership", "view_user", "view_team")
        person = make_user("viewer@example.org") if change == "user" else me()
        mine = Membership.objects.create(team=team, user=person, role="Viewer")
        data = {"team": team.pk, "user": me().pk, "role": "Viewer"}
        data |= {"role": {"role": "Admin"}, "team": {"team": other_team.pk}, "user": {}}[change]
        assert client.post(path_of(mine), data).status_code == 200
        mine.refresh_from_db()
        assert (mine.team, mine.user, mine.role) == (team, person, "Viewer")

    def test_nor_on_the_page_of_the_team(self, operator, team):
        client = operator(
            "view_team", "change_team", "view_membership", "add_membership", "view_user"
        )
        data = form_data(client.get(path_of(team)))
        data["memberships-TOTAL_FORMS"] = "1"
        data |= {"memberships-0-user": me().pk, "memberships-0-role": "Admin"}
        response = client.post(path_of(team), data)
        assert "You cannot give yourself a role" in response.content.decode()
        assert not Membership.objects.exists()

    def test_nobody_makes_themselves_the_owner(self, operator, team, owner):
        client = operator("view_team", "change_team", "view_user")
        response = client.post(path_of(team), form_data(client.get(path_of(team)), owner=me().pk))
        assert "You cannot give yourself a role" in response.content.decode()
        team.refresh_from_db()
        assert team.owner == owner

    def test_what_else_is_ones_own_team_can_be_changed(self, operator, team):
        client = operator("view_team", "change_team", "view_user")
        Team.objects.filter(pk=team.pk).update(owner=me())
        response = client.post(path_of(team), form_data(client.get(path_of(team)), name="New"))
        assert response.status_code == 302
        team.refresh_from_db()
        assert team.name == "New"


class TestStudies:
    @pytest.mark.parametrize("who", ["Owner", "Viewer", "nobody there"])
    def test_nobody_moves_one_to_a_team_of_their_own(self, operator, evaluation, other_team, who):
        client = operator("view_evaluation", "change_evaluation", "view_team")
        if who == "Owner":
            Team.objects.filter(pk=other_team.pk).update(owner=me())
        elif who == "Viewer":
            Membership.objects.create(team=other_team, user=me(), role="Viewer")
        study = Evaluation.objects.get()
        before = study.team
        data = form_data(client.get(path_of(study)), team=other_team.pk)
        response = client.post(path_of(study), data)
        study.refresh_from_db()
        if who == "nobody there":
            assert (response.status_code, study.team) == (302, other_team)
        else:
            assert "Ask a superuser to move the study." in response.content.decode()
            assert study.team == before


class TestKeys:
    @pytest.mark.parametrize("who", ["root", "operator"])
    def test_nobody_makes_or_widens_one_here(self, admin, operator, team, owner, who):
        client = admin if who == "root" else operator("view_apikey", "add_apikey", "change_apikey")
        make_key(team, scopes=())
        key = ApiKey.objects.get()
        body = {"name": "x", "team": team.pk, "user": owner.pk, "scopes": '["*"]'}
        body |= {"digest": ApiKey.digest_of("ak_live_" + "x" * 43), "prefix": "ak_live_xxxxxx"}
        assert client.post(f"{list_of(key)}add/", body).status_code == 403
        assert client.post(path_of(key), body).status_code == 403
        key.refresh_from_db()
        assert (ApiKey.objects.count(), key.scopes) == (1, [])
