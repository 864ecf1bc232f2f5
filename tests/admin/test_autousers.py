"""What operators change on autousers and rubrics, and what they cannot."""

import pytest

from autousers.models import Autouser, Rubric
from autousers.personas import rubrics
from tests.admin.conftest import form_data, list_of, path_of, run_action
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.slow

TEXT = "Judge fairly.\n\n- kind\n"


@pytest.fixture
def autouser(team):
    return Autouser.objects.create(team=team, name="Nurse", system_prompt="  Tired.\nIn a hurry. ")


@pytest.fixture
def rubric(autouser):
    return rubrics.add_rubric(autouser=autouser, author=None, values={"criteria_text": TEXT})


def change(client, row, **fields):
    """Load the page, change fields, send it as a browser does."""
    data = form_data(client.get(path_of(row)), **fields)
    sent = {
        name: value.replace("\n", "\r\n") if isinstance(value, str) else value
        for name, value in data.items()
    }
    return client.post(path_of(row), sent)


class TestAnAutouser:
    def test_what_is_touched_is_changed_and_nothing_else(self, admin, autouser):
        before = Autouser.objects.values().get(pk=autouser.pk)

        assert change(admin, autouser, name="Day nurse").status_code == 302

        after = Autouser.objects.values().get(pk=autouser.pk)
        assert after["updated_at"] > before["updated_at"]
        assert after == {**before, "name": "Day nurse", "updated_at": after["updated_at"]}

    def test_sending_it_untouched_changes_nothing(self, admin, autouser):
        before = Autouser.objects.values().get(pk=autouser.pk)
        assert change(admin, autouser).status_code == 302
        assert Autouser.objects.values().get(pk=autouser.pk) == before

    def test_a_stale_page_takes_nothing_back(self, admin, autouser):
        data = form_data(admin.get(path_of(autouser)), description="New")
        rubrics.add_rubric(autouser=autouser, author=None, values={"criteria_text": TEXT})
        Autouser.objects.filter(pk=autouser.pk).update(calibration_status="calibrating")

        admin.post(path_of(autouser), data)

        autouser.refresh_from_db()
        assert (autouser.description, autouser.calibration_status) == ("New", "calibrating")
        assert autouser.active_rubric is not None

    def test_deleting_is_soft(self, admin, autouser):
        admin.post(path_of(autouser, "delete"), {"post": "yes"})

        autouser.refresh_from_db()
        assert autouser.deleted_at is not None
        assert admin.get(path_of(autouser)).status_code == 200
        assert admin.get(path_of(autouser, "delete")).status_code == 403

    def test_built_in_ones_stay(self, admin, autouser):
        novice = Autouser.objects.get(pk="novice")
        assert admin.post(path_of(novice, "delete"), {"post": "yes"}).status_code == 403

        data = {"action": "delete_selected", "_selected_action": ["novice", autouser.pk],
                "index": "0", "post": "yes"}  # fmt: skip
        page = admin.post(list_of(autouser), data)

        assert "built-in: Novice" in page.content.decode()
        assert Autouser.objects.alive().filter(pk__in=["novice", autouser.pk]).count() == 2

    def test_several_are_deleted_by_the_same_rule(self, admin, autouser):
        data = {"action": "delete_selected", "_selected_action": [autouser.pk],
                "index": "0", "post": "yes"}  # fmt: skip
        admin.post(list_of(autouser), data)

        assert Autouser.objects.get(pk=autouser.pk).deleted_at is not None


class TestARubric:
    def test_a_new_wording_is_noted_as_one(self, admin, rubric):
        assert change(admin, rubric, criteria_text=TEXT + "- strict").status_code == 302

        now = Rubric.objects.get(pk=rubric.pk)
        assert now.criteria_text == TEXT + "- strict"
        assert now.revised_at > rubric.revised_at

    def test_sending_it_untouched_changes_nothing(self, admin, rubric):
        before = Rubric.objects.values().get(pk=rubric.pk)
        assert change(admin, rubric).status_code == 302
        assert Rubric.objects.values().get(pk=rubric.pk) == before

    def test_a_frozen_one_is_only_looked_at(self, admin, rubric):
        data = form_data(admin.get(path_of(rubric)), criteria_text="Judge by the moon.")
        rubrics.freeze(rubric)

        page = admin.get(path_of(rubric))
        refused = admin.post(path_of(rubric), data)

        assert page.status_code == 200
        assert 'name="criteria_text"' not in page.content.decode()
        assert refused.status_code == 403
        assert Rubric.objects.get(pk=rubric.pk).criteria_text == TEXT

    def test_nobody_deletes_one(self, admin, rubric):
        assert admin.post(path_of(rubric, "delete"), {"post": "yes"}).status_code == 403
        run_action(admin, "delete_selected", rubric)
        assert Rubric.objects.filter(pk=rubric.pk).exists()

    def test_it_leads_to_its_event(self, admin, rubric):
        rubrics.freeze(rubric)

        page = admin.get(path_of(rubric)).content.decode()

        assert f"object_id={rubric.pk}" in page
        assert WebhookEvent.objects.get(type="calibration.frozen").object_id == rubric.pk
