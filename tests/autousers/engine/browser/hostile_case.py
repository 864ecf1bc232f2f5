"""A page that means harm, and how such pages are written."""

from dataclasses import dataclass

from tests.autousers.engine.browser.servers import Handler

PRIVATE = "127.0.0.2"


@dataclass(frozen=True)
class Case:
    """A page that means harm. `ends` is a word of the reason; empty: it is looked at.

    `address` is where to go instead of its page.
    """

    name: str
    body: str | Handler
    ends: str = ""
    fast: bool = False
    host: str = ""
    address: str = ""


def page(script: str = "", body: str = "") -> str:
    return (
        "<!doctype html><html lang=en><title>A page</title><main><h1>Hello</h1>"
        f"<p>Some words to read.</p><a href=/x>On</a>{body}</main><script>{script}</script>"
    )


def redirect(status: int, location: str) -> Handler:
    return lambda asked: asked.reply(status, "", Location=location)
