"""Reading observations: what was done, and the pictures; nothing of another study's."""

import pytest
from django.utils import timezone

from api.ids import cuid
from autousers.models import Observation
from autousers.runs import artifacts
from tests.autousers.running import make_study
from tests.clients import assert_error

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def study(api):
    return make_study(api)


@pytest.fixture
def row(study):
    made = Observation.objects.create(
        evaluation_id=study["id"],
        key="k",
        design="https://design.example/",
        observer="browser",
        conditions={"width": 390},
        status="done",
        ended_at=timezone.now(),
        facts={},
        steps=[{"step": "looking", "action": "A", "narration": "N", "picture": "end.jpg"}],
        files=["end.jpg", "facts.json", "page.txt", "odd.html"],
    )
    for name in made.files:
        artifacts.keep(made.pk, name, b"<script>", of=artifacts.OBSERVATIONS)
    return made


@pytest.fixture
def path(study, row):
    return f"/api/v1/evaluations/{study['id']}/observations/{row.pk}"


class TestOne:
    def test_it_shows_the_steps_and_the_files_and_not_the_facts(self, api, path, row):
        shown = api.get(path).json()
        assert shown["id"] == row.pk
        assert shown["conditions"] == {"width": 390}
        assert shown["steps"] == row.steps
        assert (shown["status"], shown["error"], shown["files"]) == ("done", "", row.files)
        assert "facts" not in shown

    def test_another_study_s_is_not_there(self, api, path, row):
        other = make_study(api)
        elsewhere = f"/api/v1/evaluations/{other['id']}/observations/{row.pk}"
        for one in (elsewhere, f"{elsewhere}/files/end.jpg", path[:-3] + "xyz"):
            assert_error(api.get(one), 404, "observation_not_found")


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "kind", "shown"),
        [
            ("end.jpg", "image/jpeg", "inline"),
            ("facts.json", "application/json", "attachment"),
            ("page.txt", "text/plain; charset=utf-8", "attachment"),
        ],
    )
    def test_a_file_is_never_sent_as_a_page(self, api, path, name, kind, shown):
        answer = api.get(f"{path}/files/{name}")
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert answer["Content-Disposition"] == f'{shown}; filename="{name}"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["Content-Security-Policy"] == (
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
        )
        assert answer.content == b"<script>"

    @pytest.mark.parametrize("name", ["odd.html", "none.jpg", "..%2Fend.jpg", "end", "end.jpg%00"])
    def test_what_is_no_file_of_the_visit_is_not_there(self, api, path, name):
        assert api.get(f"{path}/files/{name}").status_code == 404

    def test_a_file_that_is_gone_is_not_there(self, api, path, row):
        artifacts.remove(row.pk, of=artifacts.OBSERVATIONS)
        assert_error(api.get(f"{path}/files/end.jpg"), 404, "observation_not_found")


def test_ids_are_looked_up_in_any_form(api, study):
    assert_error(
        api.get(f"/api/v1/evaluations/{study['id']}/observations/{cuid()}"),
        404,
        "observation_not_found",
    )
