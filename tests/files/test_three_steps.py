"""Announcing a file, sending its bytes, finalising and reading it."""

import hashlib
from datetime import timedelta
from unittest.mock import ANY

import pytest
import time_machine as clock
from django.core.files.storage import default_storage
from django.utils import timezone

from evaluations.files.kinds import KINDS, MEGABYTE
from evaluations.models import File
from teams.models import Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team
from tests.files.samples import SAMPLES, gif, png
from tests.files.uploading import (
    FILES,
    announce,
    bytes_of,
    fetch,
    finalize,
    path_of,
    put,
    send_form,
    uploaded,
)

pytestmark = pytest.mark.django_db


class TestInit:
    def test_it_answers_an_address_and_the_headers_to_send(self, api):
        begun = announce(api, png())

        assert begun == {
            "fileId": ANY,
            "signedUrl": ANY,
            "headers": {"Content-Type": "image/png"},
            "expiresAt": ANY,
        }
        assert begun["signedUrl"].startswith("http://testserver/uploads/")

    @pytest.mark.parametrize(
        ("changes", "code", "param"),
        [
            ({"mimeType": "image/svg+xml"}, "unsupported_file_type", "mimeType"),
            ({"mimeType": "text/html"}, "unsupported_file_type", "mimeType"),
            ({"sizeBytes": 25 * MEGABYTE + 1}, "file_too_large", "sizeBytes"),
            ({"sizeBytes": 0}, "validation_failed", "sizeBytes"),
            ({"sizeBytes": 500 * MEGABYTE + 1}, "validation_failed", "sizeBytes"),
            ({"sizeBytes": True}, "validation_failed", "sizeBytes"),
            ({"filename": "../../etc/passwd"}, "validation_failed", "filename"),
            ({"filename": "..\\boot.ini"}, "validation_failed", "filename"),
            ({"filename": ".."}, "validation_failed", "filename"),
            ({"filename": "a\nb.png"}, "validation_failed", "filename"),
            ({"filename": "a\u202egnp.exe"}, "validation_failed", "filename"),
            ({"filename": "n" * 256}, "validation_failed", "filename"),
            ({"filename": ""}, "validation_failed", "filename"),
            ({"filename": None}, "validation_failed", "filename"),
        ],
    )
    def test_it_refuses_what_is_never_taken(self, api, changes, code, param):
        body = {"filename": "kiosk.png", "mimeType": "image/png", "sizeBytes": 5, **changes}

        assert_error(api.post(f"{FILES}/init", body), 400, code, param)
        assert not File.objects.exists()

    @pytest.mark.parametrize("content_type", KINDS)
    def test_each_type_has_the_documented_limit(self, api, content_type):
        limit = KINDS[content_type].limit

        announce(api, mimeType=content_type, sizeBytes=limit)
        body = {"filename": "x", "mimeType": content_type, "sizeBytes": limit + 1}
        assert api.post(f"{FILES}/init", body).status_code == 400

    def test_it_is_for_editors(self, team):
        viewer = make_member(team, Role.VIEWER)

        response = ApiClient(make_key(team, viewer)).post(
            f"{FILES}/init", {"filename": "a", "mimeType": "image/png", "sizeBytes": 1}
        )

        assert_error(response, 403, "insufficient_role")

    def test_the_plan_limits_the_number_and_the_bytes(self, owner):
        team = make_team(owner=owner, plan="free")
        api = ApiClient(make_key(team))
        one = 100 * MEGABYTE
        first = announce(api, mimeType="application/pdf", sizeBytes=one)["fileId"]
        File.objects.filter(pk=first).update(size=10 * one)

        body = {"filename": "a.pdf", "mimeType": "application/pdf", "sizeBytes": 1}
        error = assert_error(api.post(f"{FILES}/init", body), 429, "file_quota_exceeded")
        assert "Free plan includes 1,000 MB" in error["message"]
        error = assert_error(send_form(api, png()), 429, "file_quota_exceeded")

        row = {"team": team, "size": 1, "expires_at": timezone.now()}
        File.objects.all().delete()
        File.objects.bulk_create([File(**row) for _ in range(100)])
        error = assert_error(api.post(f"{FILES}/init", body), 429, "file_quota_exceeded")
        assert "Free plan includes 100 files" in error["message"]

    def test_a_repeated_request_announces_once(self, api):
        body = {"filename": "a.png", "mimeType": "image/png", "sizeBytes": 5}
        first, again = (
            api.post(f"{FILES}/init", body, headers={"Idempotency-Key": "k"}) for _ in range(2)
        )

        assert first.json() == again.json()
        assert File.objects.count() == 1


class TestUpload:
    @pytest.mark.parametrize("content_type", SAMPLES)
    def test_each_type_is_taken_and_given_back(self, api, content_type):
        content = SAMPLES[content_type]
        begun = announce(api, content, mimeType=content_type)

        assert put(begun, content, content_type).status_code == 204
        assert finalize(api, begun["fileId"]).json() == {
            "fileId": begun["fileId"],
            "sha256": hashlib.sha256(content).hexdigest(),
            "sizeBytes": len(content),
            "mimeType": content_type,
            "ready": True,
        }
        given = fetch(api, begun["fileId"])
        assert (given["Content-Type"], bytes_of(given)) == (content_type, content)

    def test_pictures_are_measured(self, api):
        for sample in ("image/png", "image/jpeg", "image/gif", "image/webp", "image/heic"):
            file = File.objects.get(pk=uploaded(api, SAMPLES[sample], sample))
            assert (file.width, file.height) == (2, 2), sample

    def test_it_may_be_sent_again_until_it_is_finalised(self, api):
        first, second = gif(comment=b"one"), gif(comment=b"two")
        begun = announce(api, first, mimeType="image/gif")
        put(begun, first, "image/gif")
        assert put(begun, second, "image/gif").status_code == 204
        finalize(api, begun["fileId"])

        assert bytes_of(fetch(api, begun["fileId"])) == second
        assert_error(put(begun, first, "image/gif"), 409, "file_finalized")
        assert bytes_of(fetch(api, begun["fileId"])) == second

    def test_what_was_sent_before_is_deleted(self, api, django_capture_on_commit_callbacks):
        begun = announce(api, png())
        put(begun, png())
        put(begun, png())
        folder = File.objects.get().blob.rpartition("/")[0]
        assert len(default_storage.listdir(folder)[1]) == 2

        with django_capture_on_commit_callbacks(execute=True):
            finalize(api, begun["fileId"])

        assert default_storage.listdir(folder)[1] == [File.objects.get().blob.rpartition("/")[2]]

    def test_the_address_stands_in_no_log(self, api, caplog):
        pk = uploaded(api)
        fetch(api, pk)

        lines = [record.getMessage() for record in caplog.records]
        assert any("PUT /uploads/" in line for line in lines)
        assert any("GET /files/" in line for line in lines)
        assert not [line for line in lines if ":" in line and ("/uploads/W" in line or pk in line)]

    @pytest.mark.parametrize("method", ["get", "post", "delete", "patch"])
    def test_the_address_is_for_one_method(self, api, method):
        begun = announce(api, png())

        response = getattr(ApiClient(), method)(path_of(begun["signedUrl"]))

        assert_error(response, 405, "method_not_allowed")

    def test_it_expires(self, api):
        begun = announce(api, png())
        with clock.travel(File.objects.get().expires_at + timedelta(seconds=1)):
            assert_error(put(begun, png()), 403, "file_address_expired")

        assert File.objects.get().cause == "expired_url"

    @pytest.mark.parametrize("place", [0, 5, -1, -30])
    def test_a_changed_address_is_none(self, api, place):
        begun = announce(api, png())
        token = path_of(begun["signedUrl"]).rpartition("/")[2]
        place %= len(token)
        swapped = "A" if token[place] != "A" else "B"
        changed = token[:place] + swapped + token[place + 1 :]

        response = ApiClient().put(f"/uploads/{changed}", png(), "image/png")

        assert_error(response, 403, "file_address_invalid")
        assert File.objects.get().status == "pending"

    def test_addresses_for_reading_and_sending_are_not_one_another(self, api):
        read = path_of(api.get(f"{FILES}/{uploaded(api)}")["Location"])
        sent = path_of(announce(api, png())["signedUrl"])

        response = ApiClient().put(read.replace("/files/", "/uploads/"), png(), "image/png")
        assert_error(response, 403, "file_address_invalid")
        response = ApiClient().get(sent.replace("/uploads/", "/files/"))
        assert_error(response, 403, "file_address_invalid")

    def test_a_parameter_beside_the_type_does_no_harm(self, api):
        assert put(announce(api, png()), png(), "IMAGE/PNG; x=y").status_code == 204


class TestFinalize:
    def test_without_bytes_it_is_refused(self, api):
        begun = announce(api, png())

        assert_error(finalize(api, begun["fileId"]), 400, "file_not_uploaded")

    def test_with_bytes_that_are_gone_it_is_refused(self, api):
        begun = announce(api, png())
        put(begun, png())
        default_storage.delete(File.objects.get().blob)

        assert_error(finalize(api, begun["fileId"]), 400, "file_not_uploaded")

    def test_twice_is_once(self, api):
        begun = announce(api, png())
        put(begun, png())

        first, again = (finalize(api, begun["fileId"]) for _ in range(2))

        assert first.status_code == 200
        assert first.json() == again.json()

    def test_another_teams_file_is_unknown(self, api, other_api):
        begun = announce(api, png())
        put(begun, png())

        foreign = finalize(other_api, begun["fileId"])
        unknown = finalize(other_api, "c" + "0" * 24)

        assert_error(foreign, 404, "file_not_found")
        assert foreign.json()["error"]["message"] == unknown.json()["error"]["message"]


class TestRead:
    def test_it_redirects_to_the_bytes(self, api):
        response = api.get(f"{FILES}/{uploaded(api)}")

        assert response.status_code == 302
        assert response["Location"].startswith("http://testserver/files/")
        assert response.json() == {"url": response["Location"], "expiresAt": ANY}

    def test_who_asks_for_json_gets_the_address(self, api):
        response = api.get(f"{FILES}/{uploaded(api)}", headers={"Accept": "application/json"})

        assert response.status_code == 200
        assert bytes_of(ApiClient().get(path_of(response.json()["url"]))) == png()

    def test_what_is_not_finalised_is_not_read(self, api):
        begun = announce(api, png())
        put(begun, png())

        assert_error(api.get(f"{FILES}/{begun['fileId']}"), 404, "file_not_found")

    def test_another_teams_file_is_unknown(self, api, other_api):
        assert_error(other_api.get(f"{FILES}/{uploaded(api)}"), 404, "file_not_found")

    def test_the_address_expires(self, api):
        address = path_of(api.get(f"{FILES}/{uploaded(api)}")["Location"])
        with clock.travel(timedelta(minutes=16)):
            assert_error(ApiClient().get(address), 403, "file_address_expired")

    def test_bytes_that_are_gone_are_not_found(self, api):
        pk = uploaded(api)
        default_storage.delete(File.objects.get().blob)

        assert_error(fetch(api, pk), 404, "file_not_found")


class TestDoctor:
    def test_it_names_what_failed_and_why(self, api, other_api):
        wrong = announce(api, gif(), filename="wrong.png")
        put(wrong, gif())
        late = announce(api, png(), filename="late.png")
        unfinished = announce(api, png(), filename="unfinished.png")
        put(unfinished, png())
        uploaded(api)

        failed = [
            (one["fileId"], one["cause"]) for one in api.get(f"{FILES}/doctor").json()["data"]
        ]
        assert failed == [(wrong["fileId"], "content_type_mismatch")]

        with clock.travel(timedelta(hours=1)):
            found = api.get(f"{FILES}/doctor").json()["data"]
        assert {one["filename"]: one["cause"] for one in found} == {
            "unfinished.png": "never_finalized",
            "late.png": "never_uploaded",
            "wrong.png": "content_type_mismatch",
        }
        assert late["fileId"] in {one["fileId"] for one in found}
        assert other_api.get(f"{FILES}/doctor").json() == {"data": []}


class TestOtherWays:
    def test_an_upload_for_one_study(self, api, evaluation):
        body = {
            "evaluationId": evaluation["id"],
            "filename": "a.png",
            "contentType": "image/png",
            "size": len(png()),
            "side": "B",
        }
        response = api.post(f"{FILES}/signed-url", body)

        assert response.status_code == 201, response.content
        assert set(response.json()) == {"fileId", "uploadUrl", "expiresAt"}
        assert put(response.json(), png()).status_code == 204
        assert finalize(api, response.json()["fileId"]).status_code == 200
        file = File.objects.get()
        assert (file.evaluation_id, file.side) == (evaluation["id"], "B")

    def test_an_unknown_study_is_404_and_pdf_is_none_of_its_types(self, api, evaluation):
        body = {"filename": "a.png", "contentType": "image/png", "size": 5}
        unknown = {**body, "evaluationId": "c" + "0" * 24}
        assert_error(api.post(f"{FILES}/signed-url", unknown), 404, "evaluation_not_found")
        assert_error(
            api.post(f"{FILES}/signed-url", body), 400, "validation_failed", "evaluationId"
        )
        document = {**body, "evaluationId": evaluation["id"], "contentType": "application/pdf"}
        assert_error(
            api.post(f"{FILES}/signed-url", document), 400, "validation_failed", "contentType"
        )

    def test_one_step(self, api, evaluation):
        fields = {"evaluationId": evaluation["id"], "side": "A"}
        response = send_form(api, png(), "C:\\fakepath\\shot.txt", fields=fields)

        assert response.status_code == 201, response.content
        assert response.json() == {
            "id": ANY,
            "filename": "shot.txt",
            "contentType": "image/png",
            "status": "ready",
            "createdAt": ANY,
            "evaluationId": evaluation["id"],
            "size": len(png()),
        }
        assert bytes_of(fetch(api, response.json()["id"])) == png()

    def test_one_step_is_repeated_once(self, api):
        key = {"Idempotency-Key": "k"}

        first, again = (send_form(api, png(), headers=key) for _ in range(2))

        assert first.json() == again.json()
        assert File.objects.count() == 1
        other = send_form(api, png(3, 3), headers=key)
        assert_error(other, 409, "idempotency_key_reused", "Idempotency-Key")

    def test_one_step_refuses_what_is_no_form(self, api):
        form = "multipart/form-data; boundary=x"

        assert_error(api.post(FILES, {}), 415, "unsupported_media_type", "Content-Type")
        empty = api.generic("POST", FILES, b"--x--\r\n", form)
        assert_error(empty, 400, "validation_failed", "file")
        broken = api.generic("POST", FILES, b"nothing", "multipart/form-data")
        assert_error(broken, 400, "malformed_form")
        assert_error(
            ApiClient().generic("POST", FILES, b"x" * 100, form), 401, "invalid_credential"
        )
