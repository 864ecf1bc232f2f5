"""Files on the page of a study: uploading with the form, without scripts, and taking away."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evaluations.models import Evaluation, File
from teams.models import Role
from tests.conftest import created, make_member
from tests.files.samples import HTML, SAMPLES, mp4, png
from tests.files.uploading import uploaded

pytestmark = pytest.mark.django_db

NEW = "/evaluations/new"
FORM = {
    "section": ["about", "designs", "questions", "looks", "method", "people", "link"],
    "name": "Kiosk",
    "type": "SSE",
    "designUrls": "0",
    "designUrls.0.id": "",
    "designUrls.0.url": "",
    "designUrls.0.label": "Typed before",
    "designUrls.0.fileId": "",
    "selectedDimensionIds": "overall",
    "ratingFlow": "combined",
    "defaultLayout": "side",
    "evaluationMethod": "manual",
    "shareAccess": "TEAM_ONLY",
    "number": "",
}
PLACE = "designUrls.0.fileId"


@pytest.fixture
def browser(owner, team):
    client = Client()
    client.force_login(owner)
    return client


def upload(browser, content, path=NEW, filename="shot.png", place=PLACE, **changes):
    fields = {**FORM, "do": f"upload.{place}", **changes}
    if content is not None:
        fields[f"{place}.file"] = SimpleUploadedFile(filename, content)
    return browser.post(path, fields)


def value_of(response, name=PLACE):
    return re.search(rf'name="{re.escape(name)}" value="([^"]*)"', response.content.decode())[1]


class TestNew:
    def test_the_page_offers_it_without_scripts(self, browser):
        page = browser.get(NEW).content.decode()

        assert '<input type="file"' in page
        assert 'formenctype="multipart/form-data"' in page
        assert re.search(r'formaction="\?pass=[^"]{40,}"', page)

    def test_an_upload_keeps_what_was_typed_and_shows_the_picture(self, browser, team):
        response = upload(browser, png(3, 4))

        page = response.content.decode()
        file = File.objects.get()
        assert response.status_code == 200
        assert (file.team, file.status, file.filename) == (team, "ready", "shot.png")
        assert value_of(response) == file.pk
        assert 'value="Typed before"' in page
        assert re.search(r'<img src="/files/[^"]+" alt="shot.png"', page)
        assert "3 × 4" in page
        assert "Uploaded. It is kept with the study when you save." in page
        assert not Evaluation.objects.exists()

    def test_saving_stores_it_in_the_study(self, browser):
        pk = value_of(upload(browser, png()))

        response = browser.post(NEW, {**FORM, PLACE: pk, "do": "save"})

        assert response.status_code == 302, response.content.decode()
        [design] = Evaluation.objects.get().wizard["designUrls"]
        assert (design["fileId"], design["stimulusType"]) == (pk, "IMAGE")
        assert "url" not in design or not design["url"]

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            (HTML, "Its content is none of the supported types"),
            (b"", "Its content is none of the supported types"),
            (None, "Choose a file first"),
            (png()[:-3], "cut off"),
        ],
    )
    def test_what_cannot_be_taken_is_said_at_its_place(self, browser, content, text):
        response = upload(browser, content)

        page = response.content.decode()
        assert text in page
        assert 'value="Typed before"' in page
        assert not File.objects.exists()

    def test_saving_with_a_file_that_was_not_uploaded_is_refused(self, browser):
        response = browser.post(NEW, {**FORM, f"{PLACE}.file": "shot.png", "do": "save"})

        assert response.status_code == 400
        assert "shot.png was not uploaded" in response.content.decode()
        assert not Evaluation.objects.exists()

    def test_it_is_for_editors(self, team):
        client = Client()
        client.force_login(make_member(team, Role.VIEWER))

        assert upload(client, png()).status_code == 403
        assert not File.objects.exists()


class TestEdit:
    @pytest.fixture
    def study(self, api):
        pk = uploaded(api)
        made = api.post("/api/v1/evaluations", {"name": "K", "designUrls": [{"fileId": pk}]})
        return created(made)

    @pytest.fixture
    def sent(self, browser, study):
        """The form as it is opened."""
        page = browser.get(f"/evaluations/{study['id']}/edit").content.decode()
        version = re.search(r'name="version" value="([^"]*)"', page)[1]
        pk = study["metadata"]["designUrls"][0]["fileId"]
        return {**FORM, "version": version, "designUrls.0.id": "u-0", PLACE: pk}

    def test_another_file_takes_its_place_with_its_own_kind(self, browser, study, sent):
        path = f"/evaluations/{study['id']}/edit"
        response = upload(browser, mp4(), path, "film.mp4", **sent)
        pk = value_of(response)
        assert File.objects.get(pk=pk).evaluation_id == study["id"]

        saved = browser.post(path, {**sent, PLACE: pk, "do": "save"})

        assert saved.status_code == 302, saved.content.decode()
        [design] = Evaluation.objects.get().wizard["designUrls"]
        assert (design["id"], design["fileId"], design["stimulusType"]) == ("u-0", pk, "VIDEO")

    def test_taking_it_away_leaves_room_for_an_address(self, browser, study, sent):
        path = f"/evaluations/{study['id']}/edit"
        response = browser.post(path, {**sent, "do": f"drop.{PLACE}"})
        assert value_of(response) == ""

        changed = {**sent, PLACE: "", "designUrls.0.url": "https://example.com/"}
        assert browser.post(path, {**changed, "do": "save"}).status_code == 302
        [design] = Evaluation.objects.get().wizard["designUrls"]
        assert "fileId" not in design
        assert design["stimulusType"] == "URL"

    def test_another_teams_file_is_refused_at_its_place_and_never_shown(
        self, browser, study, sent, other_api
    ):
        foreign = uploaded(other_api, SAMPLES["image/gif"], "image/gif")
        path = f"/evaluations/{study['id']}/edit"

        response = browser.post(path, {**sent, PLACE: foreign, "do": "save"})

        page = response.content.decode()
        assert response.status_code == 400
        assert "There is no finalised file with this id." in page
        assert "/files/" not in page
