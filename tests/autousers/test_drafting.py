"""Drafts from a sentence: which words lead to what, and what the draft then does."""

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autousers.drafting import documentation
from autousers.drafting.personas import draft_persona
from autousers.drafting.templates import WORDS, draft_template
from autousers.drafting.vocabulary import PERSONA_WORDS
from autousers.drafting.words import matches, name_of, plain
from autousers.engine.judgement.dimensions import DIMENSION_WORDS, question_of
from autousers.engine.judgement.personas import lens_of
from autousers.engine.judgement.traits import BUILT_IN, TRAIT_WORDS
from autousers.engine.protocol import Dimension, Persona
from autousers.models import Autouser
from autousers.rest.personas.persona_serializers import AutouserCreateSerializer
from evaluations.models import Template
from evaluations.rest.template_serializers import TemplateCreateSerializer
from teams.models import Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member

NURSE = "A nurse on the night shift, one-handed on her phone and in a hurry"

pytestmark = pytest.mark.django_db


def events(response):
    """The events of a reply: name and data."""
    assert response["Content-Type"] == "text/event-stream"
    frames = response.content.decode().strip().split("\n\n")
    pairs = [frame.split("\n") for frame in frames]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in pairs
    ]


def proposal(api, kind, prompt):
    (first, chunk), (second, proposed), (third, done) = events(
        api.post(f"/api/v1/{kind}/draft-from-prompt", {"prompt": prompt})
    )
    assert (first, second, third, done) == ("chunk", "proposal", "done", {})
    assert chunk == {"delta": proposed["note"]}
    return proposed


def test_the_documentation_has_the_words_that_lead_to_a_choice():
    path = Path(__file__).resolve().parents[2] / "docs" / documentation.PAGE
    assert path.read_text() == documentation.page(path), "run: make docs"


class TestWords:
    @pytest.mark.parametrize(
        ("sentence", "found"),
        [
            ("on her PHONE", ["phone"]),
            ("Smartphones everywhere", ["smartphone"]),
            ("one-handed", ["one hand", "one handed"]),
            ("microphone", []),
            ("am Händy", ["handy"]),
            ("un móvil", ["movil"]),
            ("", []),
            ("🦆🦆", []),
            ("電話で見る人", []),
        ],
    )
    def test_a_word_is_found_at_the_beginning_of_a_word_without_case_and_accents(
        self, sentence, found
    ):
        words = {"mobile-user": PERSONA_WORDS["mobile-user"]}
        assert [word for match in matches(words, sentence) for word in match.words] == found

    def test_most_words_come_first_and_then_what_is_named_first(self):
        words = {"a": ("one",), "b": ("two", "three"), "c": ("four",)}
        found = matches(words, "four, one, two and three")
        assert [match.id for match in found] == ["b", "c", "a"]

    @pytest.mark.parametrize(
        ("sentence", "name"),
        [
            (NURSE, "Nurse on the night shift"),
            ("  \n eine Rentnerin. Sie liest langsam", "Rentnerin"),
            ("!!! ???", "New"),
            ("🦆", "New"),
            ("the", "The"),
            ("x" * 500, "X" + "x" * 58 + "…"),
            ("a\u202eb\x00c", "B c"),
        ],
    )
    def test_a_name_is_the_first_clause(self, sentence, name):
        assert name_of(sentence, "New") == name

    def test_the_lists_are_written_as_they_are_compared(self):
        for words in PERSONA_WORDS.values():
            assert [plain(word) for word in words] == [f" {word}" for word in words]

    def test_the_words_that_give_a_trait_lead_to_a_built_in_autouser(self):
        known = {plain(word) for words in PERSONA_WORDS.values() for word in words}
        missing = {
            word
            for trait, words in TRAIT_WORDS.items()
            if trait != "dark"  # no built-in autouser has it
            for word in words
            if not any(plain(word).startswith(each) for each in known)
        }
        assert missing == set()

    def test_every_built_in_autouser_and_dimension_can_be_reached(self):
        assert PERSONA_WORDS.keys() == BUILT_IN.keys()
        assert set(WORDS) == set(Template.objects.filter(team=None).values_list("pk", flat=True))
        assert DIMENSION_WORDS.keys() < WORDS.keys()


class TestAutousers:
    def test_the_draft_says_which_words_led_to_what(self, api):
        proposed = proposal(api, "autousers", NURSE)
        assert proposed["basis"] == "words"
        assert proposed["basedOn"] == [
            {
                "id": "mobile-user",
                "name": "Mobile user",
                "words": ["one hand", "one handed", "phone"],
            },
            {"id": "casual-browser", "name": "Casual browser", "words": ["hurry"]},
        ]
        assert "“phone” led to Mobile user; “hurry” led to Casual browser" in proposed["note"]
        assert proposed["name"] == "Nurse on the night shift"
        assert proposed["persona"].startswith(NURSE)
        assert proposed["criteria"].startswith("Mind above all: target size, viewport, text size")
        assert proposed["autouser"]["config"]["viewport"] == {"width": 390, "height": 844}
        assert not Autouser.objects.exclude(team=None).exists()

    def test_its_body_makes_the_autouser(self, api):
        proposed = proposal(api, "autousers", NURSE)
        made = api.post("/api/v1/autousers", proposed["autouser"])
        assert made.status_code == 201
        assert made.json()["systemPrompt"] == proposed["persona"]

    @pytest.mark.parametrize("language", ["de", "fr", "es"])
    def test_it_reads_other_languages(self, language):
        sentence = {
            "de": "Eine Rentnerin mit Lesebrille, am Handy",
            "fr": "Une retraitée malvoyante, au téléphone",
            "es": "Una jubilada con baja visión, en el móvil",
        }[language]
        draft = draft_persona(sentence)
        assert {one.id for one in draft.based_on} == {"senior-user", "mobile-user"}
        lens = lens_of(Persona(id="c", name="", system_prompt=draft.system_prompt))
        assert lens.conditions.touch
        assert lens.conditions.zoom == 2.0

    @pytest.mark.parametrize("prompt", ["Blorp", "🦆", "   ", "電話で見る人", "?!"])
    def test_without_a_known_word_it_says_so_and_is_made_of_none(self, api, prompt):
        proposed = proposal(api, "autousers", prompt)
        assert proposed["basedOn"] == []
        assert proposed["note"].startswith("No word of the sentence is known")
        assert proposed["criteria"] == ""
        assert proposed["autouser"]["capabilities"] == {}
        assert api.post("/api/v1/autousers", proposed["autouser"]).status_code == 201

    @pytest.mark.parametrize("id", BUILT_IN)
    def test_a_draft_looks_and_minds_as_the_built_in_one_does(self, id):
        built_in = Autouser.objects.get(pk=id)
        draft = draft_persona(PERSONA_WORDS[id][0])
        assert [one.id for one in draft.based_on] == [id]
        theirs = lens_of(Persona(id=id, name="", config=built_in.config or {}))
        ours = lens_of(
            Persona(
                id="c",
                name="",
                system_prompt=draft.system_prompt,
                capabilities=draft.capabilities,
                config=draft.config,
            )
        )
        assert set(theirs.traits) <= set(ours.traits)
        assert ours.blind == theirs.blind
        if id != "accessibility-first-user":  # whose zoom is no condition of its traits
            for name in ("touch", "zoom", "network", "width", "height", "motion"):
                assert getattr(ours.conditions, name) == getattr(theirs.conditions, name), name
            assert ours.conditions.keyboard >= theirs.conditions.keyboard

    def test_the_same_sentence_gives_the_same_draft_with_one_query(self):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            first = draft_persona(NURSE)
        assert len(queries) == 1
        assert draft_persona(NURSE) == first

    @settings(
        deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.text(min_size=1, max_size=2_000))
    def test_every_draft_can_be_stored(self, db, prompt):
        prompt = prompt.replace("\0", "") or "x"
        AutouserCreateSerializer.parse(draft_persona(prompt).body)
        TemplateCreateSerializer.parse(draft_template(prompt).body)

    @pytest.mark.parametrize("unit", ["phone ", "\ufdfa", "a", "\u0301", "é-"])
    def test_the_longest_sentences_are_drafted(self, unit):
        sentence = (unit * 2_000)[:2_000]
        AutouserCreateSerializer.parse(draft_persona(sentence).body)
        TemplateCreateSerializer.parse(draft_template(sentence).body)


class TestTemplates:
    def test_several_words_make_a_set_and_say_so(self, api):
        proposed = proposal(api, "templates", "Signs in a station: clear, and ones we trust")
        assert [one["id"] for one in proposed["basedOn"]] == ["clarity", "trust"]
        assert proposed["basis"] == "words"
        names = [one["name"] for one in proposed["suggestedDimensions"]]
        assert names == ["Clarity", "Trust"]
        assert proposed["scoringScale"]["scaleType"] == "SEVEN_POINT"
        assert proposed["scoringScale"]["scaleLabels"]["1"] == "A is much better"
        made = api.post("/api/v1/templates", proposed["template"]).json()
        assert made["dimensions"] == [
            {"id": "signs-in-a-station-clarity", "label": "Clarity"},
            {"id": "signs-in-a-station-trust", "label": "Trust"},
        ]

    def test_one_word_makes_one_dimension_with_the_questions_of_the_built_in_one(self, api):
        proposed = proposal(api, "templates", "Is the checkout honest?")
        # `checkout` is a word of usability, `honest` one of trust
        assert [one["id"] for one in proposed["basedOn"]] == ["usability", "trust"]
        proposed = proposal(api, "templates", "Is it honest?")
        made = api.post("/api/v1/templates", proposed["template"]).json()
        assert made["sourceBuiltInId"] == "trust"
        assert made["sseQuestion"] == "How far would you trust this?"
        assert "dimensions" not in made

    def test_nonsense_asks_how_good_it_is(self, api):
        proposed = proposal(api, "templates", "Blorp")
        assert proposed["basedOn"] == []
        assert proposed["note"].startswith("No word of the sentence is known")
        assert proposed["suggestedDimensions"][0]["name"] == "Blorp"
        assert proposed["template"]["sseQuestion"] == "How good is this: Blorp?"
        assert api.post("/api/v1/templates", proposed["template"]).status_code == 201

    @pytest.mark.parametrize("id", DIMENSION_WORDS)
    def test_autousers_understand_a_dimension_of_a_drafted_set_as_the_built_in_one(self, id):
        row = Template.objects.get(pk=id)
        question = question_of(Dimension(id=f"signage-{id}", name=row.name))
        assert question.understood_as[0] == id or id in question.understood_as

    def test_the_old_name_answers_the_same(self, api):
        old = api.post("/api/v1/dimensions/draft-from-prompt", {"prompt": "Is it honest?"})
        new = api.post("/api/v1/templates/draft-from-prompt", {"prompt": "Is it honest?"})
        assert old.content == new.content
        assert old["Deprecation"] == "true"


@pytest.mark.parametrize("kind", ["autousers", "templates"])
class TestTheRoutes:
    @pytest.mark.parametrize("prompt", [None, "", "x" * 2_001, 5])
    def test_a_sentence_that_is_none_is_refused_as_json(self, api, kind, prompt):
        refused = api.post(f"/api/v1/{kind}/draft-from-prompt", {"prompt": prompt})
        assert_error(refused, 400, "validation_failed", "prompt")

    def test_viewers_draft_nothing(self, team, kind):
        viewer = ApiClient(make_key(team, make_member(team, Role.VIEWER)))
        refused = viewer.post(f"/api/v1/{kind}/draft-from-prompt", {"prompt": "x"})
        assert_error(refused, 403, "insufficient_role")

    def test_a_repeated_request_gets_the_same_reply(self, api, kind):
        headers = {"Idempotency-Key": "draft-1"}
        path = f"/api/v1/{kind}/draft-from-prompt"
        first = api.post(path, {"prompt": NURSE}, headers=headers)
        again = api.post(path, {"prompt": NURSE}, headers=headers)
        assert first.content == again.content
        assert first["X-Request-Id"] == again["X-Request-Id"]
        other = api.post(path, {"prompt": "Other"}, headers=headers)
        assert_error(other, 409, "idempotency_key_reused", "Idempotency-Key")

    def test_the_reply_has_the_headers_of_every_reply(self, api, kind):
        reply = api.post(f"/api/v1/{kind}/draft-from-prompt", {"prompt": NURSE})
        assert reply["Autousers-Version"]
        assert reply["X-RateLimit-Remaining"]
