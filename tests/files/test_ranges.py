"""Parts of a file (RFC 9110, section 14)."""

import pytest

from evaluations.files.ranges import NotSatisfiable, part_of
from tests.files.samples import mp4
from tests.files.uploading import bytes_of, fetch, uploaded

CONTENT = mp4(bytes(range(200)))
SIZE = len(CONTENT)


@pytest.mark.parametrize(
    ("header", "start", "count"),
    [
        ("bytes=0-", 0, 100),
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 10),
        ("bytes=90-1000", 90, 10),
        ("bytes=-5", 95, 5),
        ("bytes=-1000", 0, 100),
        ("bytes=99-", 99, 1),
    ],
)
def test_a_part(header, start, count):
    part = part_of(100, header)
    assert (part.start, part.count) == (start, count)


@pytest.mark.parametrize(
    "header",
    ["", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b",
     "bytes=0-1;q=1", "bytes=" + "9" * 4000 + "-", "bytes=٣-٤"],
)  # fmt: skip
def test_what_is_ignored(header):
    assert part_of(100, header) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_what_is_outside(header):
    with pytest.raises(NotSatisfiable):
        part_of(100, header)


@pytest.mark.django_db
class TestReplies:
    @pytest.fixture
    def film(self, api):
        pk = uploaded(api, CONTENT, "video/mp4")
        return lambda **headers: fetch(api, pk, headers=headers)

    def test_the_whole_file(self, film):
        response = film()
        assert response.status_code == 200
        assert response["Accept-Ranges"] == "bytes"
        assert response["Content-Length"] == str(SIZE)

    def test_a_part_of_it(self, film):
        response = film(Range="bytes=10-19")
        assert response.status_code == 206
        assert response["Content-Range"] == f"bytes 10-19/{SIZE}"
        assert response["Content-Length"] == "10"
        assert bytes_of(response) == CONTENT[10:20]

    def test_several_parts_are_answered_with_all_of_it(self, film):
        response = film(Range="bytes=0-1,4-5")
        assert (response.status_code, bytes_of(response)) == (200, CONTENT)

    def test_a_part_behind_its_end(self, film):
        response = film(Range=f"bytes={SIZE}-")
        assert response.status_code == 416
        assert response["Content-Range"] == f"bytes */{SIZE}"

    def test_a_caller_that_has_it_gets_nothing_again(self, film):
        etag = film()["ETag"]
        assert film(**{"If-None-Match": etag}).status_code == 304

    def test_a_part_of_another_file_is_not_completed(self, film):
        other = film(**{"Range": "bytes=0-1", "If-Range": '"another"'})
        same = film(**{"Range": "bytes=0-1", "If-Range": film()["ETag"]})
        assert (other.status_code, same.status_code) == (200, 206)
