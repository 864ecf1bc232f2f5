"""What stands before a design: consent, dialogs, a login, a check for robots, nothing at all."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from autousers.engine.browser.measuring.found import Found
from autousers.observation.catalogue.kinds import STYLE
from autousers.observation.facts import Place, Wall

_ROBOT_STATUS = frozenset({401, 403, 405, 406, 418, 429, 503})
_LOGIN_WORDS = ("login", "log-in", "signin", "sign-in", "sign_in", "auth", "sso", "account")


def note_walls(found: Found, row: Mapping[str, Any], status: int) -> None:
    """Note what stands before the page; a wall that hides all of it says so in its text."""
    covers = 0.0
    for one in row["walls"]:
        covers += one["share"]
        found.walls.append(_wall(one, row["rest"]))
    places = [
        Place(one["selector"], one["text"], None, round(one["share"] * 100)) for one in row["walls"]
    ]
    found.add(
        "covers-first-screen", round(min(covers, 1.0) * 100), STYLE, places=[*_sorted(places)]
    )
    if (row["robot"] or row["frames"]) and (status in _ROBOT_STATUS or not row["rest"] > 400):
        text = f"A check for robots stands before the page (“{row['text'][:80]}”)."
        found.walls.append(Wall("bot", text, blocks=True))
    elif _is_login(found, row, status):
        text = "The page asks for a sign-in before it shows anything."
        found.walls.append(Wall("login", text, blocks=True))
    elif status >= 400:
        found.walls.append(Wall("error", f"HTTP {status}.", blocks=True))


def note_emptiness(found: Found, page: Mapping[str, Any], *, errors: int) -> None:
    """Note a page with nothing to see."""
    there = page["words"] or page["images"] or page["controls"] or page["fields"]
    if there or page["frames"] or page["videos"]:
        return
    if errors:
        text = "The page stays empty: its scripts fail, and nothing is shown without them."
        found.walls.append(Wall("scripts", text, blocks=True))
    else:
        text = "The page is empty: it shows no text, picture or control."
        found.walls.append(Wall("empty", text, blocks=True))


def _wall(one: Mapping[str, Any], rest: int) -> Wall:
    part = f"{round(one['share'] * 100)} %"
    blocks = one["modal"] and one["share"] > 0.95 and rest < 40
    if one["kind"] == "consent":
        return Wall("consent", f"A question about cookies covers {part} of the window.", blocks)
    return Wall("dialog", f"A dialog covers {part} of the window when the page opens.", blocks)


def _is_login(found: Found, row: Mapping[str, Any], status: int) -> bool:
    """A sign-in that was not asked for: the design itself may be one."""
    if status == 401:
        return True
    if not row["login"]:
        return False
    asked, got = urlsplit(found.design), urlsplit(found.address)
    moved = (asked.hostname, asked.path) != (got.hostname, got.path)
    meant = any(word in asked.path.lower() for word in _LOGIN_WORDS)
    return moved and not meant


def _sorted(places: list[Place]) -> list[Place]:
    return sorted(places, key=lambda one: -(one.value or 0))
