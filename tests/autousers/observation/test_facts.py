"""Observations as JSON, and what a fact refuses to be."""

import json

import pytest

from autousers.observation.facts import (
    MOST_PLACES,
    MOST_TEXT,
    Box,
    Conditions,
    Fact,
    Observation,
    Picture,
    Place,
    Wall,
)

SEEN = Observation(
    design="https://kiosk.example/",
    address="https://kiosk.example/en",
    observer="browser",
    conditions=Conditions(width=390, height=844, touch=True, network="slow"),
    facts=(
        Fact(
            "low-contrast",
            3,
            "axe rule",
            of=40,
            share=0.1,
            places=(Place("p.price", "12 €", Box(1, 2.5, 30, 14), 1.4), Place("p.note", "from")),
        ),
        Fact("no-contact", 0, "markup"),
    ),
    not_measured={"low-contrast": "2 texts lie on a picture"},
    walls=(Wall("consent", "A consent dialog covers the page."),),
    title="Kiosk",
    language="en",
    words="Tickets from 12 €",
    pictures=(
        Picture("screen.png", "first screen", fact="low-contrast"),
        Picture("page.jpg", "whole page", part=Box(0, 0, 390, 1200)),
    ),
)


class TestJson:
    def test_it_comes_back_as_it_went(self):
        assert Observation.from_json(json.loads(json.dumps(SEEN.to_json()))) == SEEN

    @pytest.mark.parametrize(
        "change", [{"id": "beauty"}, {"basis": "markup"}], ids=["no such fact", "no such basis"]
    )
    def test_what_the_catalogue_no_longer_has_was_not_measured(self, change):
        stored = SEEN.to_json()
        stored["facts"][0] |= change

        assert [one.id for one in Observation.from_json(stored).facts] == ["no-contact"]

    def test_pictures_of_earlier_versions_have_no_part(self):
        stored = SEEN.to_json()
        del stored["pictures"][1]["part"]

        assert Observation.from_json(stored).pictures[1].part is None

    def test_it_tells_the_unit_of_each_fact(self):
        assert SEEN.to_json()["facts"][0]["unit"] == "text"

    def test_conditions_come_back_as_they_went(self):
        conditions = Conditions(zoom=2.0, motion="reduced", colour_scheme="dark", keyboard=True)

        assert Conditions.from_json(json.loads(json.dumps(conditions.to_json()))) == conditions


class TestFact:
    def test_it_is_found_by_its_id(self):
        assert SEEN.fact("no-contact") == Fact("no-contact", 0, "markup")

    def test_it_is_absent_when_it_was_not_measured(self):
        assert SEEN.fact("focus-invisible") is None

    def test_it_refuses_an_id_that_the_catalogue_does_not_have(self):
        with pytest.raises(ValueError, match="no fact 'beauty'"):
            Fact("beauty", 1, "markup")

    def test_it_refuses_a_basis_that_cannot_show_it(self):
        with pytest.raises(ValueError, match="focus-invisible cannot rest on markup"):
            Fact("focus-invisible", 1, "markup")

    def test_it_keeps_few_places_with_short_texts_of_one_line(self):
        place = Place("a" * 999, "two\nlines\x00" + "b" * 999)
        fact = Fact("vague-links", 99, "markup", of=99, places=(place,) * 99)

        assert len(fact.places) == MOST_PLACES
        assert len(fact.places[0].selector) == MOST_TEXT
        assert len(fact.places[0].text) == MOST_TEXT
        assert fact.places[0].text.startswith("two lines b")


class TestWall:
    def test_only_one_that_hides_the_design_blocks(self):
        login = Wall("login", "Only a login can be seen.", blocks=True)

        assert SEEN.blocked_by is None
        assert Observation("x", "markup", Conditions(), walls=(login,)).blocked_by == login
