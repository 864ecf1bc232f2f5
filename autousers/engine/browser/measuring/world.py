"""Measuring a page in a world of its own: the page's scripts cannot change what measures use.

Measures are files of JavaScript (`measures/`). Each gets `common.js` before it and one argument
as JSON, and returns JSON.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.async_api import CDPSession, Error, Page

_FOLDER = Path(__file__).parent / "measures"
_WORLD = "observer"
_GONE = ("Cannot find context", "Execution context was destroyed", "uniqueContextId not found")

_GIVE = """function (name, infos, ...elements) {
  const known = JSON.parse(infos);
  const root = globalThis.document.documentElement;
  globalThis[name] = new Map(elements.map((node, index) => [
    node.nodeType === 1 ? node : node.parentElement || root, known[index],
  ]));
}"""

_SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
    "connectionType": "cellular4g",
}
"""Lighthouse's “slow 4G”: 1.6 Mbit/s, and 150 ms until an answer begins."""

SECONDS = 6.0
"""Seconds that a measure may take; then Chromium ends it, or the visit stops waiting."""


class MeasureFailed(Exception):
    """A measure gave no result. The message is for people."""


class Busy(MeasureFailed):
    """The page did not let the measure run in its time."""


@cache
def _source(name: str) -> str:
    return (_FOLDER / f"{name}.js").read_text()


@cache
def axe_source() -> str:
    """axe-core, from its package."""
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


class World:
    """The isolated world of the main frame, made anew for each document."""

    has_devtools = True
    """Whether there is an accessibility tree, and it can be told who hears a click."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        self._context: int | None = None

    @classmethod
    async def of(cls, page: Page) -> "World":
        """The world of a page that has just been made."""
        return cls(await page.context.new_cdp_session(page))

    @property
    def session(self) -> CDPSession:
        """The devtools session of the page."""
        return self._session

    async def slow_down(self) -> bool:
        """Make the network slow, as on a phone; False where that cannot be done."""
        await self._session.send("Network.enable")
        await self._session.send("Network.emulateNetworkConditions", _SLOW)
        return True

    def forget(self) -> None:
        """The document is another one: its world is made when it is next needed."""
        self._context = None

    async def measure(self, name: str, *, seconds: float = SECONDS, **given: Any) -> Any:
        """Run a measure.

        Raises:
            MeasureFailed: when it fails or takes too long.
        """
        body = f"{_source('common')}\n{_source(name)}"
        call = f"(async (given) => {{\n{body}\n}})({json.dumps(given)})"
        return await self.evaluate(call, seconds=seconds)

    async def evaluate(self, expression: str, *, seconds: float = SECONDS) -> Any:
        """Evaluate an expression, and give its value as JSON.

        Raises:
            MeasureFailed: when it fails or takes too long.
        """
        found = await self._run(expression, seconds=seconds, by_value=True)
        return found.get("value")

    async def give(self, name: str, nodes: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        """Give measures a map from elements to what is known of them, by devtools' numbers.

        Nodes that are gone by now are left out.
        """
        context = await self._context_id()
        resolved = await asyncio.gather(*(self._element(one, context) for one, _ in nodes))
        known = [
            (one, {"id": node_id, **info})
            for one, (node_id, info) in zip(resolved, nodes, strict=True)
            if one is not None
        ]
        await self._session.send(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": _GIVE,
                "executionContextId": context,
                "arguments": [
                    {"value": name},
                    {"value": json.dumps([info for _, info in known])},
                    *({"objectId": one} for one, _ in known),
                ],
            },
        )

    async def _element(self, node_id: int, context: int) -> str | None:
        try:
            answer = await self._session.send(
                "DOM.resolveNode", {"backendNodeId": node_id, "executionContextId": context}
            )
        except Error:
            return None
        return str(answer["object"]["objectId"])

    async def listeners(self, types: Iterable[str], most: int) -> list[tuple[int, int]]:
        """Elements that hear events of these types, at most so many.

        Each is devtools' number of it, and how many types of events it hears.
        """
        wanted = frozenset(types)
        document = await self._session.send("DOM.getDocument", {"depth": 0})
        # In the world of the page: asked in another one, Chromium ends (150 does).
        node = {"backendNodeId": document["root"]["backendNodeId"]}
        found = await self._session.send("DOM.resolveNode", node)
        answer = await self._session.send(
            "DOMDebugger.getEventListeners",
            {"objectId": found["object"]["objectId"], "depth": -1, "pierce": True},
        )
        heard: dict[int, set[str]] = {}
        for each in answer["listeners"]:
            heard.setdefault(each.get("backendNodeId", 0), set()).add(each["type"])
        hearing = ((one, len(kinds)) for one, kinds in heard.items() if one and kinds & wanted)
        return list(islice(hearing, most))

    async def _run(self, expression: str, *, seconds: float, by_value: bool) -> dict[str, Any]:
        for is_last in (False, True):
            try:
                async with asyncio.timeout(seconds + 1):
                    return await self._ask(expression, seconds, by_value)
            except TimeoutError:
                raise Busy("The page kept the browser busy.") from None
            except Error as error:
                self.forget()
                if is_last or not any(words in str(error) for words in _GONE):
                    raise
        raise AssertionError("unreachable")

    async def _ask(self, expression: str, seconds: float, by_value: bool) -> dict[str, Any]:
        answer = await self._session.send(
            "Runtime.evaluate",
            {
                "expression": expression,
                "contextId": await self._context_id(),
                "awaitPromise": by_value,
                "returnByValue": by_value,
                "timeout": seconds * 1000,
                "userGesture": False,
            },
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            text = details.get("exception", {}).get("description") or details.get("text", "")
            raise MeasureFailed(f"A measure failed: {text[:300]}")
        return answer["result"]

    async def _context_id(self) -> int:
        if self._context is None:
            tree = await self._session.send("Page.getFrameTree")
            made = await self._session.send(
                "Page.createIsolatedWorld",
                {"frameId": tree["frameTree"]["frame"]["id"], "worldName": _WORLD},
            )
            self._context = made["executionContextId"]
        return self._context
