"""Files that are not what they seem: refused with a cause, or given back inert."""

import io
import time

import pytest

from evaluations.files import contents
from evaluations.files.contents import Unfit, inspect
from evaluations.models import File
from tests.clients import ApiClient, assert_error
from tests.files.samples import (
    HTML,
    SAMPLES,
    SVG,
    box,
    gif,
    heic,
    jpeg,
    mp4,
    pdf,
    png,
    webm,
    webp,
)
from tests.files.uploading import FILES, announce, bytes_of, fetch, finalize, put, uploaded

PIXELS = 50_000_000

# fmt: off
#: (what it is, its bytes, what it is announced as, the cause of the refusal)
BAD = [
    ("a page", HTML, "image/png", "unsupported_content"),
    ("a vector picture with a script", SVG, "image/png", "unsupported_content"),
    ("a zip", b"PK\x03\x04" + b"\0" * 40, "application/pdf", "unsupported_content"),
    ("a gzip", b"\x1f\x8b\x08" + b"\0" * 40, "image/png", "unsupported_content"),
    ("a program", b"MZ" + b"\0" * 60, "image/png", "unsupported_content"),
    ("text", b"hello", "image/jpeg", "unsupported_content"),
    ("one byte", b"\0", "image/png", "unsupported_content"),
    ("a page before a PDF", HTML + pdf(), "application/pdf", "unsupported_content"),
    ("another picture", gif(), "image/png", "content_type_mismatch"),
    ("a film as a picture", mp4(), "image/png", "content_type_mismatch"),
    ("a QuickTime film as MP4", SAMPLES["video/quicktime"], "video/mp4", "content_type_mismatch"),
    ("a PNG bomb", png(50_000, 50_000, lines=b""), "image/png", "too_many_pixels"),
    ("a GIF bomb", gif(30_000, 30_000), "image/gif", "too_many_pixels"),
    ("a JPEG bomb", jpeg(65_500, 65_500), "image/jpeg", "too_many_pixels"),
    ("a WebP bomb", webp(16_383, 16_383), "image/webp", "too_many_pixels"),
    ("a HEIC bomb", heic(60_000, 60_000), "image/heic", "too_many_pixels"),
    ("a PNG of no size", png(0, 0), "image/png", "damaged"),
    ("a PNG with a page behind it", png() + HTML, "image/png", "damaged"),
    ("a GIF with a page behind it", gif() + HTML, "image/gif", "damaged"),
    ("a WebP with a page behind it", webp() + HTML, "image/webp", "damaged"),
    ("an MP4 with a page behind it", mp4() + HTML, "video/mp4", "damaged"),
    ("a PDF with a page behind it", pdf() + HTML * 40, "application/pdf", "damaged"),
    ("a cut PNG", png()[:-5], "image/png", "damaged"),
    ("a cut JPEG", jpeg()[:-2], "image/jpeg", "damaged"),
    ("a cut GIF", gif()[:-3], "image/gif", "damaged"),
    ("a cut WebP", webp()[:-4], "image/webp", "damaged"),
    ("a cut MP4", mp4()[:-9], "video/mp4", "damaged"),
    ("a cut WebM", webm()[:-3], "video/webm", "damaged"),
    ("a cut PDF", pdf()[:-8], "application/pdf", "damaged"),
    ("a WebM that ends at once", webm()[:44], "video/webm", "damaged"),
    ("an MP4 of nothing", box(b"ftyp", b"isom\0\0\2\0"), "video/mp4", "damaged"),
    ("an MP4 with a box of 0 bytes", box(b"ftyp", b"isom\0\0\2\0") + b"\0\0\0\4moov", "video/mp4",
     "damaged"),
    ("a JPEG that never says its size", b"\xff\xd8\xff" + b"\xff" * 60 + b"\xff\xd9", "image/jpeg",
     "damaged"),
]

#: Polyglots that are a picture and something else: browsers are told what they are.
INERT = [
    ("a GIF that is a script", gif(comment=b"*/=1;alert(1)//"), "image/gif"),
    ("a JPEG with a page behind it", jpeg() + HTML, "image/jpeg"),
    ("a PDF with a page inside", pdf(HTML), "application/pdf"),
    ("a film with a page inside", mp4(HTML), "video/mp4"),
]
# fmt: on


@pytest.mark.django_db
class TestRefused:
    @pytest.mark.parametrize(
        ("content", "announced", "cause"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
    )
    def test_with_the_cause_and_nothing_is_kept(self, api, content, announced, cause):
        begun = announce(api, content, mimeType=announced)

        response = put(begun, content, announced)

        error = assert_error(response, 400, "file_rejected")
        assert error["details"] == {"cause": cause}
        [failed] = api.get(f"{FILES}/doctor").json()["data"]
        assert (failed["fileId"], failed["cause"]) == (begun["fileId"], cause)
        assert_error(finalize(api, begun["fileId"]), 400, "file_not_uploaded")
        assert File.objects.get().blob == ""

    @pytest.mark.parametrize(
        ("announced", "content", "cause"),
        [
            (len(png()) - 1, png(), "size_mismatch"),
            (len(png()) + 1, png(), "size_mismatch"),
        ],
    )
    def test_of_another_size(self, api, announced, content, cause):
        begun = announce(api, sizeBytes=announced)

        error = assert_error(put(begun, content), 400, "file_rejected")

        assert error["details"] == {"cause": cause}
        assert File.objects.get().cause == cause

    def test_sent_with_another_type(self, api):
        response = put(announce(api, png()), png(), "text/html")

        error = assert_error(response, 400, "file_rejected")
        assert error["details"] == {"cause": "content_type_mismatch"}

    def test_after_a_refusal_the_right_bytes_are_taken(self, api):
        content = gif()
        begun = announce(api, content, mimeType="image/gif")
        put(begun, content[:-1] + b"x", "image/gif")

        assert put(begun, content, "image/gif").status_code == 204
        assert File.objects.get().cause == ""


@pytest.mark.django_db
class TestInert:
    @pytest.mark.parametrize(
        ("content", "kind"), [row[1:] for row in INERT], ids=[row[0] for row in INERT]
    )
    def test_polyglots_are_sent_as_what_they_are(self, api, content, kind):
        response = fetch(api, uploaded(api, content, kind))

        assert bytes_of(response) == content
        assert response["Content-Type"] == kind
        assert response["X-Content-Type-Options"] == "nosniff"
        policy = response["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert policy.endswith("sandbox")
        assert response["Content-Disposition"].startswith("inline; filename=")
        assert "Set-Cookie" not in response

    def test_a_hostile_name_forges_no_header(self, api):
        begun = announce(api, png(), filename='a"; filename=b.html; x="é\u200d.png')
        put(begun, png())
        finalize(api, begun["fileId"])

        disposition = fetch(api, begun["fileId"])["Content-Disposition"]
        assert disposition.startswith("inline; filename*=utf-8''a%22%3B%20filename%3Db.html")

    def test_with_an_origin_for_files_they_are_nowhere_else(self, api, settings):
        settings.FILES_URL = "https://files.example.net"
        settings.ALLOWED_HOSTS = ["testserver", "files.example.net"]
        address = api.get(f"{FILES}/{uploaded(api)}")["Location"]
        path = address.removeprefix("https://files.example.net")

        assert_error(ApiClient().get(path), 404, "file_not_found")
        elsewhere = ApiClient().get(path, HTTP_HOST="files.example.net")
        assert bytes_of(elsewhere) == png()


#: Something may follow their end, or their last part may be missing.
MAY_END_EARLIER = ("image/jpeg", "application/pdf", "image/heic")


class TestWork:
    """What is looked at does not grow with what is sent."""

    @pytest.mark.parametrize(
        "content",
        [
            b"\xff\xd8\xff" + b"\xff" * 5_000_000 + b"\xff\xd9",
            b"\xff\xd8" + b"\xff\xe1\x00\x02" * 1_200_000 + b"\xff\xd9",
            box(b"ftyp", b"isom\0\0\2\0") + box(b"free") * 600_000,
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 5_000_000,
        ],
        ids=["fill bytes", "many segments", "many boxes", "zeros"],
    )
    def test_a_hostile_file_is_refused_soon(self, content):
        started = time.process_time()

        with pytest.raises(Unfit):
            inspect(io.BytesIO(content), most_pixels=PIXELS)

        assert time.process_time() - started < 1.5

    @pytest.mark.parametrize("kind", SAMPLES)
    def test_no_cut_file_raises_anything_else(self, kind):
        content = SAMPLES[kind]
        for end in range(len(content)):
            try:
                inspect(io.BytesIO(content[:end]), most_pixels=PIXELS)
            except Unfit:
                continue
            assert kind in MAY_END_EARLIER, end

    def test_only_the_first_and_the_last_bytes_are_read(self):
        class Counted(io.BytesIO):
            count = 0

            def read(self, size=-1):
                found = super().read(size)
                self.count += len(found)
                return found

        file = Counted(mp4(b"\0" * 20_000_000))
        inspect(file, most_pixels=PIXELS)
        assert file.count < contents.HEAD + contents.TAIL + 1000
