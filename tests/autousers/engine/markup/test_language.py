"""Words: readability against published figures, vague links, pressure."""

import time

import pytest

from autousers.engine.markup import language

# Flesch's formula, worked by hand: 13 words, 2 sentences, 16 syllables.
EASY = "The cat sat on the mat. It was happy to sit there all day."
HARD = (
    "Notwithstanding considerable organisational complexities, institutional representatives"
    " enthusiastically reiterated unconditional commitments."
)


class TestReadingEase:
    @pytest.mark.parametrize(
        ("word", "number"),
        [("cat", 1), ("table", 2), ("happy", 2), ("beautiful", 3), ("rhythm", 1), ("made", 1),
         ("wanted", 2), ("walked", 1), ("boxes", 2), ("the", 1), ("readability", 5), ("x", 1)],
    )  # fmt: skip
    def test_syllables(self, word, number):
        assert abs(language.syllables(word) - number) <= (word == "boxes")

    def test_it_follows_the_formula(self):
        words = language.words(EASY)
        syllables = sum(language.syllables(word) for word in words)
        expected = 206.835 - 1.015 * len(words) / 2 - 84.6 * syllables / len(words)

        assert language.sentences([EASY]) == 2
        assert language.reading_ease(words, 2) == pytest.approx(expected)

    def test_easy_is_above_hard(self):
        easy, hard = language.words(EASY), language.words(HARD)

        assert language.reading_ease(easy, 2) > 80
        assert language.reading_ease(hard, 1) < 0

    def test_sentences_of_scripts_without_spaces_end_too(self):
        assert language.sentences(["下一班渡轮六点开。您可以带自行车\uff01几点\uff1f"]) == 3

    def test_paragraphs_end_sentences(self):
        assert language.sentences(["One", "Two three", "...", "Really? Yes!"]) == 4


class TestEnglish:
    @pytest.mark.parametrize(
        ("lang", "text", "verdict"),
        [
            ("en", "Guten Tag", True),
            ("en-GB", "", True),
            ("de", "the and of", False),
            ("", "you can find the answer on this page for a fee", True),
            ("", "Der Hund läuft über die Straße und bellt", False),
            ("", "", False),
        ],
    )
    def test_the_page_says_it_or_its_words_do(self, lang, text, verdict):
        assert language.is_english(lang, language.words(text)) is verdict


class TestPhrases:
    @pytest.mark.parametrize("text", ["Click here!", " MORE ", "read  more…", "here"])
    def test_vague(self, text):
        assert language.is_vague(text)

    @pytest.mark.parametrize("text", ["", "Read our terms", "Timetable", "More about ferries"])
    def test_not_vague(self, text):
        assert not language.is_vague(text)

    @pytest.mark.parametrize(
        "text",
        ["Hurry up", "Only 3 left", "only 12 seats left", "14 people are viewing", "Act now",
         "Don\u2019t miss out", "Offer ends", "no thanks, I like to pay more", "Last chance"],
    )  # fmt: skip
    def test_pressure(self, text):
        assert language.pressure(text)

    @pytest.mark.parametrize("text", ["Only the brave", "We acted", "left", "There is no hurrying"])
    def test_no_pressure(self, text):
        assert not language.pressure(text)

    def test_each_phrase_counts_once(self):
        assert language.pressure("Hurry! HURRY! Last chance") == ["hurry", "last chance"]

    def test_placeholders(self):
        assert language.placeholders("Hello {{ name }}, lorem ipsum", english=True) == [
            "{{ name }}",
            "lorem ipsum",
        ]
        assert language.placeholders("todo list, undefinable", english=True) == []

    @pytest.mark.parametrize(
        "text",
        ["a" * 500_000, "aeiou" * 100_000, "a'" * 200_000, "{{" * 200_000, "only " * 100_000,
         ". " * 200_000],
    )  # fmt: skip
    def test_long_texts_are_no_trouble(self, text):
        started = time.process_time()
        language.words(text)
        language.pressure(text)
        language.placeholders(text, english=True)
        language.sentences([text])

        assert time.process_time() - started < 2
