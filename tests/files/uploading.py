"""Uploading files in tests, as callers do."""

from typing import Any
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.clients import ApiClient
from tests.conftest import created
from tests.files.samples import png

FILES = "/api/v1/files"


def path_of(address: str) -> str:
    """The path of a signed address, which test clients want."""
    return urlsplit(address).path


def announce(api: ApiClient, content: bytes = b"", **changes: Any) -> dict[str, Any]:
    body = {"filename": "kiosk.png", "mimeType": "image/png", "sizeBytes": len(content) or 1}
    return created(api.post(f"{FILES}/init", {**body, **changes}))


def put(
    begun: dict[str, Any], content: bytes, content_type: str = "image/png", **extra: Any
) -> Any:
    address = begun.get("signedUrl") or begun["uploadUrl"]
    return ApiClient().put(path_of(address), content, content_type)


def finalize(api: ApiClient, file_id: str) -> Any:
    return api.post(f"{FILES}/{file_id}/finalize", {})


def uploaded(api: ApiClient, content: bytes | None = None, kind: str = "image/png") -> str:
    """The id of a finalised file."""
    content = png() if content is None else content
    begun = announce(api, content, mimeType=kind, filename=f"kiosk.{kind.partition('/')[2]}")
    sent = put(begun, content, kind)
    assert sent.status_code == 204, sent.content
    done = finalize(api, begun["fileId"])
    assert done.status_code == 200, done.content
    return str(begun["fileId"])


def bytes_of(response: Any) -> bytes:
    """The body of a reply that is sent from a file."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def fetch(api: ApiClient, file_id: str, **extra: Any) -> Any:
    """The bytes of a file, by the redirect of the API."""
    redirect = api.get(f"{FILES}/{file_id}")
    assert redirect.status_code == 302, redirect.content
    return ApiClient().get(path_of(redirect["Location"]), **extra)


def send_form(api: ApiClient, content: bytes, name: str = "shot.png", **extra: Any) -> Any:
    """Upload a file in one step; `fields` stand beside it."""
    fields = extra.pop("fields", {})
    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile(name, content), **fields})
    return api.generic("POST", FILES, body, MULTIPART_CONTENT, **extra)
