"""The page says what the tables and limits are."""

from pathlib import Path

import pytest

from autousers.engine.audit import css, documentation, dom, judge, loader, personas
from autousers.engine.fetch import Limits

PATH = Path(__file__).resolve().parents[4] / "docs" / documentation.PAGE


class TestPage:
    def test_it_is_up_to_date(self):
        assert PATH.read_text() == documentation.page(PATH), "run: make docs"

    @pytest.mark.parametrize(
        "promise",
        [
            f"| page | {Limits().page_bytes >> 20} MB, of {dom.MAX_NODES:,} elements and"
            f" {dom.MAX_DEPTH} levels",
            f"| parts | {Limits().parts}, of {Limits().part_bytes >> 10} kB each,"
            f" {Limits().total_bytes >> 20} MB together with the page, within"
            f" {Limits().parts_seconds:g} seconds |",
            f"| style sheets | {loader.STYLE_BYTES >> 10} kB and {css.MAX_RULES:,} rules |",
            f"| redirects | {Limits().redirects} |",
            f"{Limits().request_seconds:g} seconds for a page, {Limits().part_seconds:g} for a",
            f"each weight by up to {100 * judge.WEIGHT_JITTER:g} %, the strictness by up to"
            f" {judge.STRICTNESS_JITTER:g} and the whole by up to {100 * judge.MOOD:g} %",
            f"| {Limits().run_seconds:g} seconds (`AUTOUSERS_ENGINE_DEADLINE`) |",
            f"from {judge.FULL_PREFERENCE:g} on one side",
            "Negative prefers side A" if judge.PREFERS_A == -1 else "Positive prefers side A",
            f"({4 * judge.MAX_VARIATION:g} of 1 to 5)",
            f"{personas.PHONE.width}×{personas.PHONE.height}",
            f"{personas.DESKTOP.width}×{personas.DESKTOP.height}",
            f"counts {personas.MENTIONED:g} times",
        ],
    )
    def test_it_keeps_its_promises(self, promise):
        assert promise in " ".join(PATH.read_text().split())
