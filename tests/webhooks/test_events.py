"""The catalogue: every type has a schema and a sample that fits, and what is recorded fits too."""

import json
import re
from dataclasses import replace

import pytest
from django.utils.module_loading import import_string
from jsonschema import Draft202012Validator, FormatChecker

from api import ids
from evaluations import models
from evaluations.studies import stimuli
from webhooks.catalogue.types import (
    CATALOGUE,
    TEST_EVENT,
    About,
    EventType,
    IncompleteCatalogue,
    UnknownEventType,
    check_catalogue,
    sample,
)
from webhooks.models import WebhookEvent

TYPES = [*EventType, TEST_EVENT]


def check(kind, snapshot):
    """Hold an object to its schema; what a schema describes is all that may stand in it."""
    schema = closed(CATALOGUE[kind].schema)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(snapshot)


def closed(schema):
    """The same schema without room for what it does not describe."""
    if not isinstance(schema, dict):
        return schema
    nested = {key: closed(value) for key, value in schema.items()}
    if nested.get("properties"):
        nested["properties"] = {name: closed(one) for name, one in schema["properties"].items()}
        nested["additionalProperties"] = False
    return nested


def ids_in(value):
    """Every value that stands under a name like `id` or `…Id`."""
    if isinstance(value, list):
        return [found for one in value for found in ids_in(one)]
    if not isinstance(value, dict):
        return []
    own = [one for name, one in value.items() if re.search(r"(^i|I)d$", name) and one]
    return own + [found for one in value.values() for found in ids_in(one)]


def recorded(kind):
    event = WebhookEvent.objects.get(type=kind)
    return json.loads(bytes(event.payload))["data"]["object"]


class TestCatalogue:
    def test_it_has_every_type_and_the_test(self):
        assert list(CATALOGUE) == TYPES

    def test_a_type_without_an_entry_is_refused_in_a_sentence(self):
        lacking = {kind: about for kind, about in CATALOGUE.items() if kind != "rating.created"}

        with pytest.raises(IncompleteCatalogue, match=r"rating\.created .* has no entry"):
            check_catalogue(lacking)

    def test_an_entry_without_a_type_is_refused_in_a_sentence(self):
        with pytest.raises(IncompleteCatalogue, match=r"rating\.lost is in CATALOGUE and not in"):
            check_catalogue(CATALOGUE | {"rating.lost": CATALOGUE["rating.created"]})

    def test_a_type_that_is_like_no_other_is_refused_in_a_sentence(self):
        strange = replace(CATALOGUE["rating.created"], like="rating.lost")

        with pytest.raises(IncompleteCatalogue, match=r"like rating\.lost, which CATALOGUE lacks"):
            check_catalogue(CATALOGUE | {"rating.created": strange})

    @pytest.mark.parametrize("kind", TYPES)
    def test_a_sample_fits_its_schema(self, kind):
        check(kind, CATALOGUE[kind].sample)

    @pytest.mark.parametrize("kind", TYPES)
    def test_the_ids_of_a_sample_are_of_our_making(self, kind):
        built_in = "screen-reader"

        assert all(ids.is_cuid(one) for one in ids_in(CATALOGUE[kind].sample) if one != built_in)

    @pytest.mark.parametrize("kind", TYPES)
    def test_a_schema_refuses_what_lacks_a_field(self, kind):
        whole = CATALOGUE[kind].sample
        for name in whole:
            lacking = {key: value for key, value in whole.items() if key != name}
            assert not Draft202012Validator(CATALOGUE[kind].schema).is_valid(lacking), name

    @pytest.mark.parametrize("kind", TYPES)
    def test_a_schema_lets_new_fields_through(self, kind):
        grown = CATALOGUE[kind].sample | {"fieldOfTomorrow": 1}

        assert Draft202012Validator(CATALOGUE[kind].schema).is_valid(grown)

    @pytest.mark.parametrize("kind", [kind for kind in TYPES if CATALOGUE[kind].made_by])
    def test_a_schema_has_the_fields_of_its_serializer(self, kind):
        serializer = import_string(CATALOGUE[kind].made_by)
        added = {"previous_status", "summary"}

        assert set(CATALOGUE[kind].schema["properties"]) - added == set(serializer().fields)

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("type.enum", models.EvaluationType.values),
            ("status.enum", models.EvaluationStatus.values),
            ("shareAccess.enum", models.ShareAccess.values),
            ("browserEngine.enum", [*models.BrowserEngine.values, None]),
            ("evaluationMethod.enum", models.EvaluationMethod.values),
        ],
    )
    def test_its_words_are_those_of_the_model(self, path, words):
        name, key = path.split(".")

        assert CATALOGUE["evaluation.created"].schema["properties"][name][key] == words

    def test_its_limit_of_agents_is_that_of_the_api(self):
        config = CATALOGUE["evaluation.created"].schema["properties"]["config"]
        selection = config["properties"]["selectedAutousers"]["items"]

        assert selection["properties"]["agentCount"]["maximum"] == stimuli.AGENTS_LIMIT


class TestSample:
    def test_a_field_that_it_says_nothing_about_has_the_simplest_value(self):
        schema = CATALOGUE["evaluation.created"].schema
        about = About(when="", carries="", schema=schema, sample={"name": "Kiosk"}, prefix="eval")

        assert about.sample["name"] == "Kiosk"
        Draft202012Validator(closed(schema), format_checker=FormatChecker()).validate(about.sample)

    @pytest.mark.parametrize("kind", TYPES)
    def test_it_is_known_for_synthetic_by_its_id(self, kind):
        one, another = sample(kind), sample(kind)

        assert "_test_" in one["id"]
        assert one["id"] != another["id"]
        assert len(one["id"]) <= WebhookEvent._meta.get_field("object_id").max_length
        Draft202012Validator(CATALOGUE[kind].schema).validate(one)

    def test_it_can_be_changed_without_changing_the_catalogue(self):
        sample("rating.created")["dimensionRatings"]["overall"] = 99

        assert sample("rating.created")["dimensionRatings"]["overall"] == 4

    def test_there_is_none_of_an_unknown_type(self):
        with pytest.raises(UnknownEventType, match=r"There is no event type evaluation\.renamed"):
            sample("evaluation.renamed")


class TestRecordedEvents:
    """What is really sent, for the types whose models exist."""

    WHOLE = {
        "name": "Kiosk",
        "description": "All that can be said.",
        "status": "Running",
        "designUrls": [{"url": "https://example.com/a", "label": "A"}],
        "selectedDimensionIds": ["overall"],
        "selectedAutousers": [{"autouserId": "screen-reader", "agentCount": 3}],
        "evaluationMethod": "both",
        "browserEngine": "chrome",
        "useProxy": True,
        "proxyRegion": "eu",
        "modelId": "gemini-3-flash-preview",
        "shareAccess": "ANYONE_WITH_LINK",
        "shareExpiry": "2030-01-01T00:00:00Z",
    }

    @pytest.mark.parametrize("body", [{"name": "Kiosk"}, WHOLE], ids=["least", "most"])
    def test_a_new_evaluation_fits(self, api, body):
        assert api.post("/api/v1/evaluations", body).status_code == 201

        check("evaluation.created", recorded("evaluation.created"))

    def test_a_changed_status_fits(self, api, evaluation):
        path = f"/api/v1/evaluations/{evaluation['id']}"
        assert api.patch(path, {"status": "Running"}).status_code == 200

        check("evaluation.status_changed", recorded("evaluation.status_changed"))
