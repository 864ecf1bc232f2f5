"""The engine `browser`: a rating from a visit, and what happens where there is no browser."""

from dataclasses import replace

import pytest

from autousers.engine.browser.engine import browser_engine
from autousers.engine.browser.running.programs import NoBrowser
from autousers.engine.protocol import (
    BrowserOptions,
    Dimension,
    EngineError,
    Persona,
    RunSpec,
    Stimulus,
)
from autousers.observation.facts import Fact, Observation
from tests.autousers.engine.reporting import Recorder

OVERALL = (Dimension("overall", "Overall"), Dimension("accessibility", "Accessibility"))


def spec(*urls, persona="novice"):
    stimuli = tuple(Stimulus(side, "URL", url) for side, url in zip("AB", urls, strict=False))
    method = "SSE" if len(urls) == 1 else "SxS"
    return RunSpec("run", "seed", method, stimuli, OVERALL, Persona(persona, persona))


FORM = "<main><h1>Order</h1><p>Order your tickets here, and pick them up at the door.</p>{}</main>"
FIELDS = "<form><input name=a><input name=b><input name=c><button>Go on</button></form>"
LABELLED = "<form><label>A <input name=a></label><button>Go on</button></form>"


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.any_database
def test_a_form_without_labels_is_rated_worse_than_its_twin_and_the_same_each_time(host, site):
    head = "<!doctype html><html lang=en><title>Order</title>"
    bad = site.page("/bad", head + FORM.format(FIELDS))
    good = site.page("/good", head + FORM.format(LABELLED))
    engine = browser_engine(lambda: host)
    results = [engine.run(spec(url), Recorder()) for url in (bad, bad, good)]
    scores = [{one.dimension_id: one.value for one in each.scores} for each in results]
    assert scores[0]["accessibility"] <= 2 < scores[2]["accessibility"]
    assert results[0] == results[1]
    assert "3 of 3 form fields without a label" in results[0].justification
    [look] = results[0].looks
    assert look.observer == "browser"


class Nothing:
    """A host whose browser does not start."""

    def __init__(self):
        self.tries = 0

    def warm_up(self, heartbeat):
        self.tries += 1
        raise NoBrowser("Chromium's sandbox does not work here.")

    def visit(self, *_args, **_options):
        raise NoBrowser("Chromium's sandbox does not work here.")


class Markup:
    name = "markup"

    def observe(self, design, report):
        facts = (Fact("words", 7, "markup"),)
        return Observation(design.url, "markup", design.conditions, facts=facts)


class TestWithoutABrowser:
    def test_the_markup_is_read_instead_and_the_rating_says_so(self):
        host = Nothing()
        engine = browser_engine(lambda: host, instead=Markup())
        for _ in range(3):
            result = engine.run(spec("https://design.example/"), Recorder())
        assert result.justification.startswith("No browser")
        assert host.tries == 1

    @pytest.mark.parametrize(
        "browser", [BrowserOptions(use_proxy=True), BrowserOptions(engine="CAMOUFOX")]
    )
    def test_nothing_else_takes_the_place_of_a_proxy_or_of_camoufox(self, browser):
        engine = browser_engine(Nothing, instead=Markup(), camoufox=Nothing)
        with pytest.raises(EngineError, match="sandbox does not work"):
            engine.run(replace(spec("https://design.example/"), browser=browser), Recorder())

    def test_whoever_names_the_browser_gets_the_reason(self):
        engine = browser_engine(Nothing)
        with pytest.raises(EngineError, match="sandbox does not work") as failed:
            engine.run(spec("https://design.example/"), Recorder())
        assert failed.value.retryable
