"""Files as designs: in the API, on the pages of raters, in exports, and for autousers."""

import pytest

from evaluations.models import Evaluation, File, FileUse
from evaluations.studies.services import update_evaluation
from teams.models import Role
from tests.clients import ApiClient, assert_error
from tests.conftest import created, make_member, make_team
from tests.files.samples import SAMPLES, mp4, png
from tests.files.uploading import announce, bytes_of, put, uploaded

pytestmark = pytest.mark.django_db

EVALUATIONS = "/api/v1/evaluations"
UNKNOWN = "c" + "0" * 24


def study_of(api, *designs, **extra):
    body = {"name": "Kiosk", "designUrls": [*designs], **extra}
    return api.post(EVALUATIONS, body)


class TestNaming:
    def test_a_design_may_be_a_file_alone_and_is_what_the_file_is(self, api):
        files = {kind: uploaded(api, content, kind) for kind, content in SAMPLES.items()}

        study = created(study_of(api, *({"fileId": pk} for pk in files.values())))

        kinds = [one["stimulusType"] for one in study["metadata"]["designUrls"]]
        assert dict(zip(files, kinds, strict=True)) == {
            "image/png": "IMAGE",
            "image/jpeg": "IMAGE",
            "image/gif": "GIF",
            "image/webp": "IMAGE",
            "image/heic": "IMAGE",
            "video/mp4": "VIDEO",
            "video/quicktime": "VIDEO",
            "video/webm": "VIDEO",
            "application/pdf": "URL",
        }
        assert study["metadata"]["designUrls"][0]["fileId"] == files["image/png"]
        assert FileUse.objects.count() == len(files)
        assert not File.objects.exclude(unused_since=None).exists()

    def test_both_sides_of_a_pair(self, api):
        pair = {"sideAFileId": uploaded(api), "sideBFileId": uploaded(api, mp4(), "video/mp4")}
        body = {"name": "Two", "type": "SxS", "comparisonPairs": [pair]}

        study = created(api.post(EVALUATIONS, body))

        [stored] = study["metadata"]["comparisonPairs"]
        assert (stored["sideAType"], stored["sideBType"]) == ("IMAGE", "VIDEO")

    def test_unknown_unfinished_and_foreign_ones_look_alike(self, api, other_api):
        unfinished = announce(api, png())
        put(unfinished, png())
        refusals = []
        for wanted in (UNKNOWN, unfinished["fileId"], uploaded(other_api), "nonsense"):
            response = study_of(api, {"url": "https://example.com"}, {"fileId": wanted})
            error = assert_error(response, 400, "validation_failed", "designUrls.1.fileId")
            refusals.append({**error, "request_id": None})

        assert all(one == refusals[0] for one in refusals)
        assert not FileUse.objects.exists()

    def test_every_place_is_named(self, api):
        pair = {"sideAFileId": UNKNOWN, "variantUrl": "https://example.com"}
        other = {"currentUrl": "https://example.com", "sideBFileId": UNKNOWN}
        body = {"name": "Two", "type": "SxS", "comparisonPairs": [pair, other]}

        error = assert_error(
            api.post(EVALUATIONS, body),
            400,
            "validation_failed",
            "comparisonPairs.0.sideAFileId",
        )

        assert "comparisonPairs.1.sideBFileId" in str(error)

    @pytest.mark.parametrize(
        ("said", "kind", "fits"),
        [
            ("IMAGE", "image/png", True),
            ("IMAGE", "image/gif", True),
            ("GIF", "image/gif", True),
            ("GIF", "image/png", False),
            ("VIDEO", "video/mp4", True),
            ("VIDEO", "image/png", False),
            ("IMAGE", "application/pdf", False),
            ("IMAGE", "video/mp4", False),
        ],
    )
    def test_what_is_said_of_it_must_be_true(self, api, said, kind, fits):
        design = {"fileId": uploaded(api, SAMPLES[kind], kind), "stimulusType": said}

        response = study_of(api, design)

        if fits:
            assert created(response)["metadata"]["designUrls"][0]["stimulusType"] == said
        else:
            assert_error(response, 400, "validation_failed", "designUrls.0.stimulusType")

    def test_a_dry_run_checks_them_too_and_stores_nothing(self, api):
        assert study_of(api, {"fileId": uploaded(api)}, dryRun=True).status_code == 200
        assert not FileUse.objects.exists()
        refused = study_of(api, {"fileId": UNKNOWN}, dryRun=True)
        assert_error(refused, 400, "validation_failed", "designUrls.0.fileId")


class TestChanging:
    def test_a_draft_names_others_and_the_old_one_is_unused(self, api):
        old, new = uploaded(api), uploaded(api)
        study = created(study_of(api, {"fileId": old}))

        changed = api.patch(f"{EVALUATIONS}/{study['id']}/draft", {"designUrls": [{"fileId": new}]})

        assert changed.status_code == 200, changed.content
        assert [use.file_id for use in FileUse.objects.all()] == [new]
        assert File.objects.get(pk=old).unused_since is not None
        assert File.objects.get(pk=new).unused_since is None

    def test_a_draft_refuses_a_foreign_one_and_keeps_what_it_had(self, api, other_api):
        mine = uploaded(api)
        study = created(study_of(api, {"fileId": mine}))

        response = api.patch(
            f"{EVALUATIONS}/{study['id']}/draft",
            {"designUrls": [{"fileId": uploaded(other_api)}]},
        )

        assert_error(response, 400, "validation_failed", "designUrls.0.fileId")
        assert (
            api.get(f"{EVALUATIONS}/{study['id']}").json()["metadata"]["designUrls"][0]["fileId"]
            == mine
        )

    def test_they_move_with_their_study_but_for_those_that_another_one_shows(self, api, owner):
        alone, shared = uploaded(api), uploaded(api)
        moving = created(study_of(api, {"fileId": alone}, {"fileId": shared}))
        created(study_of(api, {"fileId": shared}))
        team = make_team(owner=owner, name="Second crew")
        study = Evaluation.objects.get(pk=moving["id"])
        before = study.team

        update_evaluation(evaluation=study, changes={}, team=team)

        assert File.objects.get(pk=alone).team == team
        assert File.objects.get(pk=shared).team == before

    def test_after_a_move_the_study_may_keep_a_file_of_its_old_team(self, api, owner, session):
        shared = uploaded(api)
        moving = created(study_of(api, {"fileId": shared}))
        created(study_of(api, {"fileId": shared}))
        team = make_team(owner=owner, name="Second crew")
        browser = session()
        path = f"{EVALUATIONS}/{moving['id']}"
        token = {"X-CSRFToken": "x"}
        browser.handler.enforce_csrf_checks = False
        assert browser.patch(path, {"teamId": team.pk}, headers=token).status_code == 200

        designs = [{"fileId": shared, "label": "Kept"}]
        kept = browser.patch(f"{path}/draft", {"designUrls": designs})

        assert kept.status_code == 200, kept.content


class TestRights:
    def test_who_sees_the_study_reads_its_files(self, api, other_api, team, session):
        from tests.evaluations.sharing.shared import make_outsider, make_share

        pk = uploaded(api)
        study = created(study_of(api, {"fileId": pk}))
        outsider = make_outsider()
        browser = session(outsider)
        assert_error(browser.get(f"/api/v1/files/{pk}"), 404, "file_not_found")

        make_share(study["id"], outsider)

        assert browser.get(f"/api/v1/files/{pk}").status_code == 302
        assert_error(other_api.get(f"/api/v1/files/{pk}"), 404, "file_not_found")

    def test_a_viewer_reads_and_does_not_finalise(self, api, team, session):
        begun = announce(api, png())
        put(begun, png())
        viewer = session(make_member(team, Role.VIEWER))

        response = viewer.post(f"/api/v1/files/{begun['fileId']}/finalize", {})

        assert_error(response, 403, "insufficient_role")


class TestShowing:
    @pytest.fixture
    def shown(self, api, team):
        """The page of a rater, for a study of one file."""
        from tests.ratings.rating import create
        from tests.ratings.reviews.rater import page_of

        def page(content, kind, **extra):
            pk = uploaded(api, content, kind)
            study = create(api, designUrls=[{"fileId": pk, "label": "Kiosk"}], **extra)
            browser = ApiClient()
            browser.force_login(make_member(team, Role.VIEWER))
            return browser.get(page_of(study)).content.decode()

        return page

    def test_a_picture_and_a_film(self, shown):
        page = shown(png(), "image/png")
        address = page.partition('<img src="')[2].partition('"')[0]
        assert address.startswith("/files/")
        assert bytes_of(ApiClient().get(address)) == png()

    def test_a_film_has_controls(self, shown):
        page = shown(mp4(), "video/mp4")
        assert '<video class="frame" src="/files/' in page
        assert "controls" in page

    @pytest.mark.parametrize(
        ("kind", "why"),
        [("application/pdf", "This design is a PDF document."), ("image/heic", "(HEIC)")],
    )
    def test_what_no_browser_shows_is_a_link(self, shown, kind, why):
        page = shown(SAMPLES[kind], kind)
        assert why in page
        assert 'class="btn" href="/files/' in page
        assert "<iframe" not in page

    def test_guests_get_it_by_their_pass(self, api):
        from tests.ratings.rating import create
        from tests.ratings.reviews.rater import link_of

        study = create(
            api,
            designUrls=[{"fileId": uploaded(api)}],
            shareAccess="ANYONE_WITH_LINK",
            shareAllowAnon=True,
        )
        guest = ApiClient()
        assert "/files/" not in guest.get(link_of(study)).content.decode()  # the gate
        guest.submit(link_of(study), name="Priya")
        page = guest.get(link_of(study)).content.decode()
        address = page.partition('<img src="')[2].partition('"')[0]
        assert bytes_of(guest.get(address)) == png()

    def test_exports_name_the_address_of_the_api(self, api):
        from evaluations.models import Evaluation
        from ratings.reports.designs import designs_of

        pk = uploaded(api)
        study = created(study_of(api, {"fileId": pk}))
        [designs] = designs_of(Evaluation.objects.get(pk=study["id"])).values()
        assert designs[0]["address"] == f"http://testserver/api/v1/files/{pk}"


class TestAutousers:
    @pytest.mark.parametrize("kind", ["image/png", "image/gif", "video/mp4", "application/pdf"])
    def test_they_are_refused_with_a_sentence(self, api, kind):
        study = created(
            study_of(
                api,
                {"fileId": uploaded(api, SAMPLES[kind], kind)},
                evaluationMethod="ai",
                selectedAutousers=[{"autouserId": "novice", "agentCount": 1}],
            )
        )

        response = api.post(f"{EVALUATIONS}/{study['id']}/run-autousers", {})

        error = assert_error(response, 400, "design_not_visible")
        assert "that takes a model, and this server has none" in error["message"]
