"""A test client that speaks JSON and checks what every reply must have."""

import re
from typing import Any
from urllib.parse import urlencode

from django.test import Client

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class ApiClient(Client):
    """Django's client with a bearer key, JSON bodies, and no exceptions instead of replies."""

    def __init__(self, token: str | None = None, **options: Any) -> None:
        super().__init__(raise_request_exception=False, **options)
        self.token = token

    def generic(  # type: ignore[override]
        self, method: str, path: str, data: Any = "", content_type: Any = None, **extra: Any
    ) -> Any:
        """Send a request; every reply must carry a request id, the one in its error too."""
        headers = dict(extra.pop("headers", None) or {})
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        response = super().generic(
            method, path, data, content_type or "application/json", headers=headers, **extra
        )
        assert UUID7.fullmatch(response["X-Request-Id"]), response.headers
        if path.startswith("/api/") and response.status_code >= 400 and method != "HEAD":
            assert_envelope(response)
        return response

    def post(  # type: ignore[override]
        self, path: str, data: Any = None, content_type: str = "application/json", **extra: Any
    ) -> Any:
        """POST; an object is sent as JSON, bytes and text as they are."""
        return super().post(path, {} if data is None else data, content_type, **extra)

    def submit(self, path: str, **fields: str) -> Any:
        """Send the form of a page."""
        return self.post(path, urlencode(fields), "application/x-www-form-urlencoded")

    def patch(  # type: ignore[override]
        self, path: str, data: Any = None, content_type: str = "application/json", **extra: Any
    ) -> Any:
        """PATCH, like `post`."""
        return super().patch(path, {} if data is None else data, content_type, **extra)

    def delete(  # type: ignore[override]
        self, path: str, data: Any = b"", content_type: str = "application/json", **extra: Any
    ) -> Any:
        """DELETE, like `post`; by default without a body."""
        return super().delete(path, data, content_type, **extra)


def assert_envelope(response: Any) -> dict[str, Any]:
    """The reply is the error envelope and nothing else; gives what is in it."""
    assert response["Content-Type"] == "application/json", response.content[:300]
    body = response.json()
    assert set(body) == {"error"}, body
    error: dict[str, Any] = body["error"]
    assert set(error) <= {"message", "type", "code", "param", "doc_url", "request_id", "details"}
    assert error["message"]
    assert error["type"].endswith("_error")
    assert error["request_id"] == response["X-Request-Id"]
    return error


def assert_error(response: Any, status: int, code: str, param: str | None = None) -> dict[str, Any]:
    """The reply is this refusal; gives what is in its envelope."""
    error = assert_envelope(response)
    found = (response.status_code, error.get("code"), error.get("param"))
    assert found == (status, code, param), error
    return error
