"""What axe-core alone counts on a page: its failing rules of WCAG 2, level A and AA."""

from functools import cache

from playwright.sync_api import sync_playwright

from autousers.engine.browser.measuring.world import axe_source
from autousers.engine.browser.running.programs import find_program
from benchmarks.accuracy.corpora import Sample
from benchmarks.accuracy.observing import served

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_COUNT = """tags => axe.run(document, {runOnly: {type: "tag", values: tags}, preload: false})
    .then(found => found.violations.length)"""


@cache
def failing_rules(samples: tuple[Sample, ...]) -> list[int]:
    """How many rules fail on each page, in a browser that does nothing else."""
    pages = {one.name: one.html for one in samples}
    with served(pages) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_program(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        counts = []
        for one in samples:
            page.goto(f"{base}/{one.name}")
            page.evaluate(axe_source())
            counts.append(int(page.evaluate(_COUNT, TAGS)))
        browser.close()
    return counts
