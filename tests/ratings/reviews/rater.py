"""A browser that opens share links and sends the sheets of raters."""

import re
from typing import Any

from django.test import Client

from evaluations.models import Evaluation

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Browser(Client):
    """A browser; `address` is what the server sees of it."""

    def __init__(self, address: str = "203.0.113.7", **options: Any) -> None:
        super().__init__(REMOTE_ADDR=address, **options)

    def start(self, study: dict[str, Any], **said: str) -> Any:
        """Pass the gate of a share link."""
        return self.post(link_of(study), said)

    def send(self, path: str, *, go: str = "submit", at: int | None = None, **answers: Any) -> Any:
        """Open the sheet, answer, and press a button; hyphens of dimensions as underscores."""
        page = self.get(path, {"at": at} if at else {})
        assert page.status_code == 200, page.content.decode()
        sent = dict(HIDDEN.findall(page.content.decode()))
        texts = {name: sent.pop(name) for name in list(sent) if name.startswith("fine.")}
        scores = {
            f"score.{name.replace('_', '-')}": value
            for name, value in answers.items()
            if name not in ("justification", "skip")
        }
        words = {name: answers[name] for name in ("justification", "skip") if name in answers}
        return self.post(path, {**sent, **texts, **scores, **words, "go": go})


def link_of(study: dict[str, Any]) -> str:
    return f"/share/{Evaluation.objects.get(pk=study['id']).share_token}"


def page_of(study: dict[str, Any]) -> str:
    return f"/evaluations/{study['id']}/review"


def text_of(response: Any) -> str:
    """The words of a page, spaces drawn together."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
