"""Changing, reverting, copying and deleting templates, and the versions all this leaves."""

import pytest

from api.models import DeletedRow
from evaluations.models import Template, TemplateVersion
from teams.models import Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team
from tests.evaluations.templates.test_templates import FACTOR, TEMPLATES, WHOLE, listed, make

EVALUATIONS = "/api/v1/evaluations"
CLI = {"User-Agent": "autousers-cli/1.2"}


def versions(api, template_id):
    return api.get(f"{TEMPLATES}/{template_id}/versions").json()["data"]


def study(api, *dimensions, **fields):
    response = api.post(
        EVALUATIONS, {"name": "x", "selectedDimensionIds": list(dimensions), **fields}
    )
    assert response.status_code == 201, response.content
    return response.json()


@pytest.fixture
def mine(api):
    """A template of the team, with every field."""
    return make(api, **WHOLE)


class TestPatch:
    def test_only_what_is_sent_changes(self, api, mine):
        path = f"{TEMPLATES}/{mine['id']}"
        changes = {"name": "Fares", "factors": [FACTOR], "sseScaleLabels": None, "status": "draft"}

        answer = api.patch(path, changes).json()

        assert answer == mine | changes | {"version": 2, "updatedAt": answer["updatedAt"]}
        assert answer["updatedAt"] > mine["updatedAt"]
        assert api.get(path).json() == answer

    def test_it_writes_a_version_of_what_is_answered(self, api, mine, owner):
        answer = api.patch(f"{TEMPLATES}/{mine['id']}", {"name": "Fares", "icon": "🎟"}).json()

        newest, first = versions(api, mine["id"])
        assert first["snapshot"] == mine
        assert newest == {
            "id": newest["id"],
            "dimensionId": mine["id"],
            "version": 2,
            "changeType": "updated",
            "createdAt": answer["updatedAt"],
            "changeSummary": "Changed icon, name.",
            "changedBy": owner.email,
            "snapshot": answer,
        }
        path = f"{TEMPLATES}/{mine['id']}/versions/{first['id']}"
        assert api.get(path).json() == first

    @pytest.mark.parametrize("body", [{}, {"name": WHOLE["name"]}, WHOLE, {"isSystem": True}])
    def test_what_changes_nothing_writes_nothing(self, api, mine, body):
        assert api.patch(f"{TEMPLATES}/{mine['id']}", body).json() == mine
        assert len(versions(api, mine["id"])) == 1

    def test_it_moves_to_the_front_of_the_list(self, api, mine):
        make(api)
        api.patch(f"{TEMPLATES}/{mine['id']}", {"name": "y"})
        assert listed(api)[0] == mine["id"]

    def test_a_key_sent_twice_changes_once(self, api, mine):
        for _ in range(2):
            response = api.patch(
                f"{TEMPLATES}/{mine['id']}", {"name": "y"}, headers={"Idempotency-Key": "k"}
            )
            assert response.json()["version"] == 2

    def test_a_study_keeps_the_scale_it_took(self, api, mine):
        evaluation = study(api, mine["id"])
        api.patch(f"{TEMPLATES}/{mine['id']}", {"scaleMax": 9, "name": "Other"})

        template = Template.objects.get(pk=mine["id"])
        row = template.used_as.get()
        assert row.evaluation_id == evaluation["id"]
        assert (row.minimum, row.maximum, row.name) == (0, 4, WHOLE["name"])
        assert (row.template_version, template.version) == (1, 2)

    def test_an_evaluation_that_begins_activates_its_own_and_leaves_a_version(self, api):
        custom = {"id": "own", "name": "Own"}
        evaluation = study(api, "own", customDimensions=[custom])
        template = Template.objects.get(key="own")
        assert template.status == "draft"

        api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"status": "Running"})

        answer = api.get(f"{TEMPLATES}/{template.pk}").json()
        assert (answer["status"], answer["version"]) == ("active", 2)
        assert [one["snapshot"]["status"] for one in versions(api, template.pk)] == [
            "active", "draft",
        ]  # fmt: skip


class TestRevert:
    def test_it_says_again_what_it_said_and_writes_a_version(self, api, mine):
        path = f"{TEMPLATES}/{mine['id']}"
        api.patch(path, {"name": "y", "factors": [], "description": "z", "status": "draft"})
        first = versions(api, mine["id"])[-1]

        answer = api.post(f"{path}/revert", {"versionId": first["id"]}).json()

        assert answer == mine | {
            "status": "draft",  # whether it is a draft is not what it says
            "version": 3,
            "updatedAt": answer["updatedAt"],
        }
        newest = versions(api, mine["id"])[0]
        assert (newest["changeType"], newest["changeSummary"], newest["snapshot"]) == (
            "updated", "Reverted to version 1.", answer,
        )  # fmt: skip

    def test_what_was_added_since_is_taken_away(self, api):
        template = make(api)
        path = f"{TEMPLATES}/{template['id']}"
        api.patch(path, {"guidelines": "x", "dimensions": [{"id": "a", "label": "A"}]})
        first = versions(api, template["id"])[-1]

        answer = api.post(f"{path}/revert", {"versionId": first["id"]}).json()

        assert answer == template | {"version": 3, "updatedAt": answer["updatedAt"]}
        assert not Template.objects.filter(key="a").exists()

    def test_to_what_it_says_already_is_no_change(self, api, mine):
        [first] = versions(api, mine["id"])
        response = api.post(f"{TEMPLATES}/{mine['id']}/revert", {"versionId": first["id"]})
        assert response.json() == mine
        assert len(versions(api, mine["id"])) == 1

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [({}, 400, "validation_failed"), ({"versionId": ""}, 400, "validation_failed"),
         ({"versionId": 1}, 400, "validation_failed"),
         ({"versionId": "nonsense"}, 404, "template_version_not_found"),
         ({"versionId": "c" + "1" * 24}, 404, "template_version_not_found")],
    )  # fmt: skip
    def test_a_version_there_is_not(self, api, mine, body, status, code):
        response = api.post(f"{TEMPLATES}/{mine['id']}/revert", body)
        assert_error(response, status, code, "versionId")

    def test_a_version_of_another_template_is_none(self, api, mine):
        [other] = versions(api, make(api)["id"])
        response = api.post(f"{TEMPLATES}/{mine['id']}/revert", {"versionId": other["id"]})
        assert_error(response, 404, "template_version_not_found", "versionId")
        response = api.get(f"{TEMPLATES}/{mine['id']}/versions/{other['id']}")
        assert_error(response, 404, "template_version_not_found")


class TestVersions:
    def test_they_are_paged_newest_first(self, api, mine):
        for number in range(4):
            api.patch(f"{TEMPLATES}/{mine['id']}", {"name": f"n{number}"})
        path = f"{TEMPLATES}/{mine['id']}/versions"
        numbers, cursor = [], ""
        while True:
            page = api.get(f"{path}?limit=2{cursor}").json()
            numbers += [row["version"] for row in page["data"]]
            cursor = f"&starting_after={page['next_cursor']}"
            if not page["has_more"]:
                break
        assert numbers == [5, 4, 3, 2, 1]

    def test_a_cursor_from_another_list_is_refused(self, api, mine):
        [other] = versions(api, "trust")
        for cursor in (other["id"], mine["id"], "nonsense"):
            response = api.get(f"{TEMPLATES}/{mine['id']}/versions?starting_after={cursor}")
            assert_error(response, 400, "invalid_cursor", "starting_after")


class TestDuplicate:
    def test_a_copy_says_the_same_and_is_the_teams(self, api, team, owner):
        source = api.get(f"{TEMPLATES}/trust").json()

        response = api.post(f"{TEMPLATES}/trust/duplicate")

        answer = response.json()
        assert response.status_code == 201
        assert answer == source | {
            "id": answer["id"],
            "name": "Trust (copy)",
            "teamId": team.pk,
            "isSystem": False,
            "source": "custom",
            "sourceBuiltInId": "trust",
            "createdAt": answer["createdAt"],
            "updatedAt": answer["createdAt"],
        }
        [version] = versions(api, answer["id"])
        assert (version["changeType"], version["changeSummary"], version["snapshot"]) == (
            "duplicated", "Duplicated from Trust (trust).", answer,
        )  # fmt: skip
        assert api.patch(f"{TEMPLATES}/{answer['id']}", {"name": "y"}).status_code == 200

    def test_a_copy_of_a_copy_remembers_where_it_began_and_fits(self, api):
        first = api.post(f"{TEMPLATES}/trust/duplicate").json()
        api.patch(f"{TEMPLATES}/{first['id']}", {"name": "x" * 200})
        answer = api.post(f"{TEMPLATES}/{first['id']}/duplicate", {}).json()
        assert answer["sourceBuiltInId"] == "trust"
        assert answer["name"] == "x" * 193 + " (copy)"

    def test_into_another_team_of_the_person(self, session, owner, mine, other_team):
        client = session()
        second = make_team(owner=owner, name="Second")
        path = f"{TEMPLATES}/{mine['id']}/duplicate"
        assert client.post(path, {"teamId": second.pk}).json()["teamId"] == second.pk
        response = client.post(path, {"teamId": other_team.pk})
        assert_error(response, 404, "team_not_found", "teamId")
        assert client.post(path, {"teamId": 5}).status_code == 400

    def test_it_takes_an_editor_of_the_target(self, team):
        viewer = ApiClient(make_key(team, make_member(team, Role.VIEWER)))
        assert_error(viewer.post(f"{TEMPLATES}/trust/duplicate"), 403, "insufficient_role")


class TestDelete:
    def test_it_is_gone_with_its_versions_and_keeps_its_place(self, api, mine):
        path = f"{TEMPLATES}/{mine['id']}"
        assert api.delete(path).json() == {"deleted": True, "id": mine["id"]}

        assert_error(api.get(path), 404, "template_not_found")
        assert not TemplateVersion.objects.filter(dimension_id=mine["id"]).exists()
        assert DeletedRow.objects.get(pk=mine["id"]).resource == "template"

    def test_while_a_study_is_rated_by_it_it_stays(self, api, mine):
        evaluation = study(api, "overall", mine["id"])
        path = f"{TEMPLATES}/{mine['id']}"

        error = assert_error(api.delete(path), 400, "template_in_use")

        assert error["message"] == ("The template is attached to evaluations (1); it has to stay.")
        assert api.get(path).json() == mine
        api.delete(f"{EVALUATIONS}/{evaluation['id']}")
        assert api.delete(path).status_code == 200

    def test_it_takes_an_editor(self, team, mine):
        viewer = ApiClient(make_key(team, make_member(team, Role.VIEWER)))
        path = f"{TEMPLATES}/{mine['id']}"
        for response in (
            viewer.delete(path),
            viewer.patch(path, {"name": "y"}),
            viewer.post(f"{path}/revert", {"versionId": "x"}),
        ):
            assert_error(response, 403, "insufficient_role")
        assert viewer.get(path).json() == mine


class TestBuiltIns:
    def test_they_cannot_be_changed_whatever_is_sent(self, api):
        path = f"{TEMPLATES}/trust"
        before = api.get(path).json()
        for response in (
            api.patch(path, {"name": "y"}),
            api.patch(path, {"name": 5}),
            api.delete(path),
            api.post(f"{path}/revert", {}),
        ):
            assert_error(response, 403, "built_in_read_only")
        assert api.get(path).json() == before


SET = [
    {"id": "clear", "label": "Clear", "scale": "1-5"},
    {"id": "calm", "label": "Calm", "scale": "0 – 10"},
    {"id": "kind", "label": "Kind"},
]


class TestSets:
    @pytest.fixture
    def a_set(self, api):
        return make(api, name="House rules", dimensions=SET)

    def test_it_is_one_template_with_its_list_as_it_was_sent(self, api, a_set):
        assert a_set["dimensions"] == SET
        assert listed(api, "&source=team") == [a_set["id"]]
        member = Template.objects.get(key="calm")
        assert_error(api.get(f"{TEMPLATES}/{member.pk}"), 404, "template_not_found")
        response = api.get(f"{TEMPLATES}?starting_after={member.pk}")
        assert_error(response, 400, "invalid_cursor", "starting_after")

    @pytest.mark.parametrize(
        ("kind", "scales"),
        [("SSE", [(1, 5), (0, 10), (1, 5)]), ("SxS", [(-2, 2), (-3, 3), (-3, 3)])],
    )
    def test_each_id_can_be_selected_and_has_its_scale(self, api, a_set, kind, scales):
        evaluation = study(api, "clear", "calm", "kind", "trust", type=kind)

        assert evaluation["metadata"]["selectedDimensionIds"] == ["clear", "calm", "kind", "trust"]
        rows = Template.objects.get(key="clear").used_as.get().evaluation.dimensions.all()
        assert [(row.minimum, row.maximum) for row in rows][:3] == scales
        assert [row.name for row in rows] == ["Clear", "Calm", "Kind", "Trust"]

    def test_a_study_that_begins_with_it_is_rated_by_all_of_it(self, api, a_set):
        evaluation = study(api, templateId=a_set["id"])
        assert evaluation["metadata"]["selectedDimensionIds"] == ["clear", "calm", "kind"]
        assert evaluation["templateId"] == a_set["id"]

    def test_a_change_of_the_list_makes_changes_and_takes_away(self, api, a_set):
        path = f"{TEMPLATES}/{a_set['id']}"
        changed = [
            {"id": "clear", "label": "Clearer", "scale": "1-5"},
            {"id": "kind", "label": "Kind"},
            {"id": "new", "label": "New", "scale": "1-3"},
        ]

        answer = api.patch(path, {"dimensions": changed}).json()

        assert (answer["dimensions"], answer["version"]) == (changed, 2)
        members = Template.objects.filter(set=a_set["id"]).order_by("key")
        assert [(one.key, one.name, one.version, one.scale_max) for one in members] == [
            ("clear", "Clearer", 2, 5),
            ("kind", "Kind", 1, 7),
            ("new", "New", 1, 3),
        ]
        assert TemplateVersion.objects.filter(dimension_id=members[0].pk).count() == 2

    def test_members_without_a_scale_follow_the_set(self, api, a_set):
        api.patch(f"{TEMPLATES}/{a_set['id']}", {"scaleType": "THREE_POINT"})
        scales = Template.objects.filter(set=a_set["id"]).order_by("key")
        assert [(one.key, one.scale_max) for one in scales] == [
            ("calm", 10), ("clear", 5), ("kind", 3),
        ]  # fmt: skip

    def test_one_that_a_study_is_rated_by_stays_in_it(self, api, a_set):
        study(api, "calm")
        path = f"{TEMPLATES}/{a_set['id']}"

        response = api.patch(path, {"dimensions": SET[:1], "name": "y"})

        error = assert_error(response, 400, "template_in_use", "dimensions")
        assert error["message"] == (
            "dimensions: 'calm' is attached to an evaluation; it has to stay."
        )
        assert api.get(path).json() == a_set
        assert_error(api.delete(path), 400, "template_in_use")
        assert api.patch(path, {"dimensions": SET[1:]}).status_code == 200

    def test_deleting_it_takes_its_members_along(self, api, a_set):
        assert api.delete(f"{TEMPLATES}/{a_set['id']}").status_code == 200
        assert not Template.objects.exclude(team=None).exists()
        assert not TemplateVersion.objects.exclude(template__team=None).exists()
        response = api.post(EVALUATIONS, {"name": "x", "selectedDimensionIds": ["calm"]})
        assert_error(response, 400, "unknown_dimension", "selectedDimensionIds.0")

    def test_a_copy_has_members_of_its_own(self, api, a_set):
        copy = api.post(f"{TEMPLATES}/{a_set['id']}/duplicate").json()
        assert copy["dimensions"] == SET
        assert Template.objects.filter(set=copy["id"]).count() == 3
        study(api, "calm")  # of two it is the newer one
        assert Template.objects.get(used_as__isnull=False).set_id == copy["id"]

    def test_other_teams_cannot_select_from_it(self, a_set, other_api):
        response = other_api.post(EVALUATIONS, {"name": "x", "selectedDimensionIds": ["calm"]})
        assert_error(response, 400, "unknown_dimension", "selectedDimensionIds.0")


class TestOneClientsMirror:
    def test_single_objects_come_twice(self, api, mine):
        path = f"{TEMPLATES}/{mine['id']}"
        [version] = versions(api, mine["id"])
        for under in (path, path.replace("/templates", "/dimensions")):
            replies = [
                api.get(under, headers=CLI),
                api.patch(under, {"name": under}, headers=CLI),
                api.post(f"{under}/duplicate", headers=CLI),
                api.post(f"{under}/revert", {"versionId": version["id"]}, headers=CLI),
                api.post(under.rpartition("/")[0], {"name": "x"}, headers=CLI),
            ]
            for response in replies:
                body = response.json()
                assert body.pop("data") == body
        assert "data" not in api.get(path).json()
