"""Forms of our pages, for tests: what a browser without scripts would send."""

from typing import Any

import lxml.html
from django.test import Client

Typed = dict[str, Any]


def opened(client: Client, path: str, status: int = 200) -> lxml.html.HtmlElement:
    response = client.get(path)
    assert response.status_code == status, response.content.decode()[:2000]
    return lxml.html.fromstring(response.content.decode())


def read(response: Any) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(response.content.decode())


def typed(page: lxml.html.HtmlElement, form: str = "//main//form[@method='post']") -> Typed:
    """The fields of a form as a browser sends them: without those of disabled groups."""
    found = page.xpath(form)[0]
    off = {field for group in found.xpath(".//fieldset[@disabled]") for field in group.iter()}
    sent: Typed = {}
    for field in found.iter("input", "select", "textarea"):
        if field in off or field.get("name") is None or not _counts(field):
            continue
        value = _text(field) if field.tag == "textarea" else field.value
        sent.setdefault(field.name, []).append("" if value is None else value)
    return sent


def _text(area: Any) -> str:
    """What a browser sends: the line end after the tag is not part of it, and all are CR LF."""
    text = (area.text or "").replace("\r\n", "\n").removeprefix("\n")
    return text.replace("\n", "\r\n")


def _counts(field: Any) -> bool:
    if field.tag == "input" and field.get("type") in ("checkbox", "radio"):
        return field.get("checked") is not None
    return field.get("type") != "submit"


def errors_at(page: lxml.html.HtmlElement, name: str) -> list[str]:
    """What stands beside the field of a name."""
    fields = page.xpath(f"//*[@name='{name}']")
    near = {field.get("id", "").rstrip("0123456789").rstrip("_") for field in fields}
    near |= {field.get("id", "") for field in fields} | {f"id_{name}"}
    return [
        " ".join(text.text_content().split())
        for id in near
        for text in page.xpath(f"//*[@id='{id}_error']//*[@class='error']")
    ]


def words(page: lxml.html.HtmlElement) -> str:
    return " ".join(" ".join(page.itertext()).split())
