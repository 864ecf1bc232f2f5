"""The bytes in an S3-compatible store, by a server of it on this machine; and in the folder."""

import io
import os
import time
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from django.utils import timezone
from moto.server import ThreadedMotoServer

from api import ids
from evaluations.files import addresses, removal, spool, storing, uploads
from evaluations.models import File, FileUse
from tests.conftest import created
from tests.files.samples import mp4, png
from tests.files.uploading import announce, bytes_of, fetch, put, uploaded

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

KEYS = {"access_key": "test", "secret_key": "test", "region_name": "us-east-1"}


@pytest.fixture(scope="module")
def bucket():
    """A bucket of a server, and the address of that."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="autousers")
    yield address
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def store(request, settings, tmp_path):
    """Each of the two, empty."""
    if request.param == "s3":
        address = request.getfixturevalue("bucket")
        options = {**KEYS, "bucket_name": "autousers", "endpoint_url": address}
        backend = "storages.backends.s3.S3Storage"
    else:
        options = {"location": tmp_path, "file_permissions_mode": 0o600}
        backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": options}}
    yield request.param
    for part in storing._listed(storing.SHELF)[0]:
        for pk in storing._listed(f"{storing.SHELF}/{part}")[0]:
            storing.remove(pk)


def everything() -> list[str]:
    """The ids that have bytes."""
    return sorted(
        pk
        for part in storing._listed(storing.SHELF)[0]
        for pk in storing._listed(f"{storing.SHELF}/{part}")[0]
        if storing._listed(f"{storing.SHELF}/{part}/{pk}")[1]
    )


def test_they_are_stored_read_and_read_in_part(api, store):
    content = mp4(bytes(range(256)))
    pk = uploaded(api, content, "video/mp4")

    assert bytes_of(fetch(api, pk)) == content
    part = fetch(api, pk, headers={"Range": "bytes=5-9"})
    assert (part.status_code, bytes_of(part)) == (206, content[5:10])
    assert everything() == [pk]


def test_a_deleted_study_takes_its_files_along_but_for_shared_ones(
    api, store, django_capture_on_commit_callbacks
):
    own, shared, for_it = uploaded(api), uploaded(api), uploaded(api)
    designs = [{"fileId": own}, {"fileId": shared}]
    study = created(api.post("/api/v1/evaluations", {"name": "K", "designUrls": designs}))
    other = {"name": "L", "designUrls": [{"fileId": shared}]}
    created(api.post("/api/v1/evaluations", other))
    File.objects.filter(pk=for_it).update(evaluation=study["id"])

    with django_capture_on_commit_callbacks(execute=True):
        assert api.delete(f"/api/v1/evaluations/{study['id']}").status_code == 200

    assert list(File.objects.values_list("pk", flat=True)) == [shared]
    assert everything() == [shared]


def test_a_deleted_team_takes_its_files_along(api, team, store, django_capture_on_commit_callbacks):
    designs = [{"fileId": uploaded(api)}]
    created(api.post("/api/v1/evaluations", {"name": "K", "designUrls": designs}))
    uploaded(api)
    assert not team.is_personal

    with django_capture_on_commit_callbacks(execute=True):
        team.delete()

    assert (File.objects.count(), FileUse.objects.count(), everything()) == (0, 0, [])


def test_a_rolled_back_deletion_keeps_the_bytes(api, store, django_capture_on_commit_callbacks):
    pk = uploaded(api)
    with django_capture_on_commit_callbacks(execute=False):
        File.objects.all().delete()
    assert everything() == [pk]


class TestTime:
    def test_unfinished_uploads_are_removed_after_a_day(
        self, api, store, django_capture_on_commit_callbacks
    ):
        announce(api, png())
        sent = announce(api, png())
        put(sent, png())
        ready = uploaded(api)
        now = timezone.now()

        assert removal.forget(now + timedelta(hours=23)) == 0
        with django_capture_on_commit_callbacks(execute=True):
            assert removal.forget(now + timedelta(hours=25)) == 2

        assert [file.pk for file in File.objects.all()] == [ready]
        assert everything() == [ready]

    def test_files_that_no_study_shows_are_removed_after_a_month(self, api):
        unused, shown = uploaded(api), uploaded(api)
        study = {"name": "K", "designUrls": [{"fileId": shown}]}
        created(api.post("/api/v1/evaluations", study))
        now = timezone.now()

        assert removal.forget(now + timedelta(days=29)) == 0
        assert removal.forget(now + timedelta(days=31)) == 1
        assert [file.pk for file in File.objects.all()] == [shown]
        assert not File.objects.filter(pk=unused).exists()

    def test_bytes_without_a_row_are_collected_after_a_day(self, api, store):
        """What a process leaves that is killed between the bytes and the row, or between the
        deleted row and its bytes."""
        kept = uploaded(api)
        lost = ids.cuid()
        with spool.Spooled("file", "image/png", 5, None, None) as copy:
            copy.write(png())
            copy.flush()
            storing.keep(lost, copy)
        now = timezone.now()

        assert removal.collect(now) == 0
        assert everything() == sorted([kept, lost])
        assert removal.collect(now + timedelta(hours=25)) == 1
        assert everything() == [kept]

    def test_bytes_whose_row_never_named_them_go_with_the_next_attempt(
        self, api, store, django_capture_on_commit_callbacks, monkeypatch
    ):
        begun = announce(api, png())
        monkeypatch.setattr("evaluations.files.uploads._name_bytes", _killed)
        with pytest.raises(Killed):
            _receive(begun)
        monkeypatch.undo()
        assert File.objects.get().status == "pending"

        with django_capture_on_commit_callbacks(execute=True):
            put(begun, png())
            api.post(f"/api/v1/files/{begun['fileId']}/finalize", {})

        [blob] = storing._listed(storing.folder(begun["fileId"]))[1]
        assert File.objects.get().blob.endswith(blob)


class Killed(BaseException):
    """What nothing catches, as nothing catches a signal."""


def _killed(*_args):
    raise Killed


def _receive(begun):
    ticket = addresses.opened("PUT", begun["signedUrl"].rpartition("/")[2])
    uploads.receive(ticket, content_type="image/png", length=len(png()), stream=io.BytesIO(png()))


def test_what_killed_processes_left_in_the_spool_is_swept(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path
    old, new = tmp_path / "a.upload", tmp_path / "b.upload"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 25 * 3600,) * 2)

    assert spool.sweep() == 1
    assert [path.name for path in Path(tmp_path).iterdir()] == ["b.upload"]
