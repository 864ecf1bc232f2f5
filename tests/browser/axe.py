"""axe-core on a page: the rules of WCAG 2.2 AA, and the best practices that it knows."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

SCRIPT = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()

RUN = """() => axe.run(document, {
    resultTypes: ["violations"],
    rules: {"target-size": {enabled: true}},
})"""


def violations(page: Page) -> list[str]:
    """What axe finds wrong: the rule, and the first places."""
    page.evaluate(SCRIPT)
    found: Any = page.evaluate(RUN)
    return [
        f"{each['id']}: {', '.join(node['target'][0] for node in each['nodes'][:3])}"
        for each in found["violations"]
    ]
