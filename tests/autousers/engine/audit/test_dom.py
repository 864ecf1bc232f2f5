"""Trees of hostile pages: bounded in every direction."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autousers.engine.audit import dom
from tests.bounds import memory_growth_below


class TestParse:
    def test_it_builds_a_tree_in_the_order_of_the_page(self):
        document = dom.parse("<P Class=a>One <b>two</b> three<p>Four")

        assert [node.tag for node in document.nodes] == ["html", "body", "p", "b", "p"]
        first = document.first("p")
        assert first.get("class") == "a"
        assert (first.text(), first.own_text()) == ("One two three", "One three")
        assert [up.tag for up in document.first("b").ancestors()] == ["p", "body", "html"]
        assert not document.cut

    def test_text_is_what_people_read(self):
        document = dom.parse("<div>a<script>b</script><style>c</style><i>d</i><p>e</p>f</div>")

        assert document.first("div").text() == "ad e f"

    @pytest.mark.parametrize("html", ["", " ", "\0", "plain", "<", "</p>", "<!-- x", "\ud800"])
    def test_there_is_always_a_document(self, html):
        assert isinstance(dom.parse(html), dom.Document)


class TestBounds:
    @pytest.mark.parametrize(
        "html",
        [
            "<div>" * 1_000_000,
            "".join(f"<b id={number}>" for number in range(100_000)),
            "".join(f"<b id={n}>" for n in range(50_000)) + "</p><p>x" * 50_000,
            "<span>" * 390 + "</x>" * 500_000,
            "<table><tr><td>" * 150_000,
            "<p>" * 700_000,
            "<" * 2_000_000,
            "<div " + " ".join(f"a{number}=1" for number in range(200_000)) + ">",
            '<a href="' + "x" * 2_000_000 + '">',
            "<svg><g>" * 200_000,
            "<!--" * 500_000,
            "<!DOCTYPE x ["
            + "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 40))
            + "]><p>&a39;",
        ],
        ids=[
            "deep", "formatting", "adoption", "unmatched ends", "tables", "paragraphs", "less-than",
            "attributes", "long attribute", "svg", "comments", "billion laughs",
        ],
    )  # fmt: skip
    def test_nothing_makes_it_slow_or_large(self, html):
        started = time.process_time()
        with memory_growth_below(120):
            document = dom.parse(html)
            document.nodes[0].text() if document.nodes else None

        assert time.process_time() - started < 3
        assert len(document.nodes) <= dom.MAX_NODES
        assert all(len(node.attributes) <= dom.MAX_ATTRIBUTES for node in document.nodes)

    def test_it_says_when_it_was_too_much(self):
        assert dom.parse("<div>" * 1000).cut
        assert dom.parse("<p>x" * 30_000).cut
        assert not dom.parse("<div>" * 100).cut

    def test_texts_within_one_another_are_not_read_again_and_again(self):
        document = dom.parse("<button>" + "<i>" * 300 + "word " * 200_000 + "<b>x</b>" * 5_000)
        started = time.process_time()

        assert all(len(node.text()) <= 2_000 for node in document.nodes)
        assert time.process_time() - started < 1

    @given(st.text(alphabet="<>/ab=\"'&;!-p \0\n", max_size=200))
    def test_it_never_fails(self, html):
        for node in dom.parse(html).nodes:
            node.text()
