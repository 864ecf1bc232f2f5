"""`GET /evaluations/{id}/export`: everything as a file, for programs, spreadsheets and people."""

import csv
import io
import json

import pytest

from evaluations.models import Evaluation
from ratings.reports import export
from ratings.reports.csv_export import HEADER, harmless
from ratings.reports.markdown_report import escaped
from tests.clients import assert_error
from tests.ratings.rating import create, path_of, rate, rated

FORMULA = '=HYPERLINK("https://evil.example","click")'
SCRIPT = "<script>alert(1)</script> | **bold** [x](javascript:1)\n# Title"


def fetch(api, study, form="json", **headers):
    response = api.get(f"{path_of(study, 'export')}?format={form}", headers=headers)
    assert response.status_code == 200, response.content
    return response, response.getvalue().decode()


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def study(make_study, make_rater):
    """One rating with hostile words, one that was skipped."""
    study = make_study(selectedDimensionIds=["overall", "usability"], name='Kiosk "Süd" =1+1')
    rate(
        make_rater(),
        study,
        dimensionRatings={"overall": 4, "usability": 2.5},
        justification=FORMULA,
        openTextResponses={"usability": 'Line one\r\n"two", three'},
    )
    rate(make_rater(), study, dimensionRatings={}, skipReason="-1 for the page, @all")
    return study


def named(study, name):
    """The study under a name stored as it is: older rows may have lines that are refused now."""
    Evaluation.objects.filter(pk=study["id"]).update(name=name)
    return study


class TestJson:
    def test_it_has_results_agreement_and_every_rating(self, api, study):
        response, text = fetch(api, study)

        body = json.loads(text)
        assert response["Content-Type"] == "application/json"
        insight = body["results"].pop("insight")
        assert body["results"] == api.get(path_of(study, "results")).json()
        shown = api.get(path_of(study, "ai-insights")).json()
        assert insight == shown | {"generatedAt": insight["generatedAt"]}
        assert body["agreement"] == api.get(path_of(study, "agreement")).json()
        assert body["format"] == "json"
        first, second = body["ratings"]
        assert (first["dimensionRatings"], first["excluded"]) == (
            {"overall": 4, "usability": 2.5},
            None,
        )
        assert (second["excluded"], second["skipReason"]) == ("skipped", "-1 for the page, @all")
        design = {"side": "A", "label": "Design 1", "address": "https://example.com/kiosk"}
        assert first["comparison"] == {"label": "Design 1", "position": 0, "designs": [design]}

    def test_of_a_pair_it_has_both_designs(self, api, make_study):
        study = make_study(type="SxS")
        rated(api, study, overall=1)

        [rating] = json.loads(fetch(api, study)[1])["ratings"]
        assert [(one["side"], one["address"]) for one in rating["comparison"]["designs"]] == [
            ("A", "https://example.com/old"),
            ("B", "https://example.com/new"),
        ]

    def test_it_is_what_comes_when_no_format_is_named(self, api, study):
        response = api.get(path_of(study, "export"))
        assert json.loads(response.getvalue())["format"] == "json"

    def test_it_has_no_addresses_of_people(self, api, study):
        assert "example.org" not in fetch(api, study)[1]

    def test_without_ratings_it_is_json_too(self, api):
        assert json.loads(fetch(api, create(api))[1])["ratings"] == []


class TestCsv:
    def test_it_has_a_row_for_each_rating_and_dimension(self, api, study):
        response, text = fetch(api, study, "csv")

        rows = rows_of(text)
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert tuple(rows[0]) == HEADER
        assert [(row["dimensionId"], row["dimension"], row["score"]) for row in rows] == [
            ("overall", "Overall", "4"),
            ("usability", "Usability", "2.5"),
            ("", "", ""),
        ]
        assert [row["excluded"] for row in rows] == ["", "", "skipped"]

    def test_each_row_names_its_design(self, api, study, make_study):
        row = rows_of(fetch(api, study, "csv")[1])[0]
        assert [row[name] for name in HEADER[-6:-2]] == [
            "Design 1",
            "https://example.com/kiosk",
            "",
            "",
        ]
        pairs = make_study(type="SxS")
        rated(api, pairs, overall=1)
        row = rows_of(fetch(api, pairs, "csv")[1])[0]
        assert (row["addressA"], row["addressB"]) == (
            "https://example.com/old",
            "https://example.com/new",
        )

    def test_a_byte_order_mark_stands_before_it_when_asked_for(self, api, study):
        plain = fetch(api, study, "csv")[1]

        marked = api.get(f"{path_of(study, 'export')}?format=csv&bom=true").getvalue()

        assert marked == b"\xef\xbb\xbf" + plain.encode()

    @pytest.mark.parametrize("query", ["bom=true", "format=md&bom=true", "format=csv&bom=maybe"])
    def test_other_files_have_no_such_mark(self, api, study, query):
        response = api.get(f"{path_of(study, 'export')}?{query}")

        assert_error(response, 400, "validation_failed", param="bom")

    def test_lines_end_and_quotes_double_as_the_standard_has_it(self, api, study):
        text = fetch(api, study, "csv")[1]

        assert text.endswith("\r\n")
        assert '"Line one\r\n""two"", three"' in text
        assert rows_of(text)[1]["openText"] == 'Line one\r\n"two", three'

    def test_no_cell_of_text_is_a_formula(self, api, study):
        rows = rows_of(fetch(api, study, "csv")[1])

        assert rows[0]["justification"] == "'" + FORMULA
        assert rows[2]["skipReason"] == "'-1 for the page, @all"

    def test_negative_scores_stay_numbers(self, api, make_study):
        study = make_study(type="SxS")
        rated(api, study, overall=-2.5)
        assert rows_of(fetch(api, study, "csv")[1])[0]["score"] == "-2.5"

    def test_a_dimension_named_like_a_formula_is_none(self, api, make_study):
        custom = {"id": "=cmd|x", "name": "+sum"}
        study = make_study(selectedDimensionIds=["=cmd|x"], customDimensions=[custom])
        rated(api, study, **{"=cmd|x": 3})

        [row] = rows_of(fetch(api, study, "csv")[1])
        assert (row["dimensionId"], row["dimension"]) == ("'=cmd|x", "'+sum")

    @pytest.mark.parametrize(
        "text",
        ["=1", "+1+1", "-1-1", "@x", "\tx", "\rx", "\nx", " =1", "\uff1d1", "-", "--1"],
    )
    def test_what_a_spreadsheet_could_run_gets_an_apostrophe(self, text):
        assert harmless(text) == "'" + text

    @pytest.mark.parametrize("text", ["", "1", "-1", "+49", "-2.5", "a=b", "'=1", "1-1", "é@"])
    def test_everything_else_stays_as_it_is(self, text):
        assert harmless(text) == text


class TestMarkdown:
    def test_it_is_a_report(self, api, study):
        response, text = fetch(api, study, "md")

        assert response["Content-Type"] == "text/markdown; charset=utf-8"
        assert text.startswith('# Kiosk "Süd" \\=1\\+1\n')
        assert "1 ratings of 1 comparisons. Not counted: 1 skipped" in text
        assert "| Usability | 2.50 | – | 2.50 | – | 1 | – |" in text
        assert "## What raters said" in text

    def test_pairs_say_who_is_preferred(self, api, make_study):
        study = make_study(type="SxS")
        rated(api, study, overall=2)
        text = fetch(api, study, "md")[1]
        assert "**Preferred: side B.** Confidence: Insufficient." in text

    def test_other_peoples_text_is_no_markup(self, api, make_study):
        study = named(make_study(), SCRIPT)
        rate(api, study, justification=SCRIPT)

        text = fetch(api, study, "md")[1]

        assert "<" not in text
        assert text.count("\n# ") == 0
        assert "[x](" not in text
        assert "**bold**" not in text

    def test_without_ratings_it_says_so(self, api):
        text = fetch(api, create(api), "md")[1]
        assert "Nothing was rated." in text
        assert "What raters said" not in text

    def test_a_text_stays_on_its_line(self):
        assert escaped("a\n\n# b | c") == "a \\# b \\| c"
        assert escaped("&lt;<b>") == "&amp;lt;&lt;b&gt;"


class TestWhatAClientAccepts:
    @pytest.mark.parametrize("form", ["csv", "md"])
    @pytest.mark.parametrize("accept", ["application/json", "Application/JSON; q=0.9"])
    def test_json_alone_gets_the_text_in_an_object(self, api, study, form, accept):
        plain = fetch(api, study, form)[1]

        response, text = fetch(api, study, form, Accept=accept)

        assert response["Content-Type"] == "application/json"
        assert "Content-Disposition" not in response
        assert json.loads(text) == {
            "format": form,
            "filename": f"kiosk-sud-11-{study['id']}.{form}",
            "content": plain,
        }

    @pytest.mark.parametrize(
        "accept", ["text/csv", "*/*", "", "application/json, text/plain, */*", "text/markdown"]
    )
    def test_everybody_else_gets_the_text(self, api, study, accept):
        response, text = fetch(api, study, "csv", Accept=accept)
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert text.startswith("ratingId,")

    @pytest.mark.parametrize("form", ["json", "csv", "md"])
    def test_it_is_a_download_with_a_plain_name(self, api, study, form):
        response = fetch(api, study, form)[0]
        name = f"kiosk-sud-11-{study['id']}.{form}"
        assert response["Content-Disposition"] == f'attachment; filename="{name}"'

    @pytest.mark.parametrize("name", ["日本語", '"; rm -rf /', "a\r\nSet-Cookie: x=1", "../../x"])
    def test_a_name_cannot_leave_the_header(self, api, make_study, name):
        response = fetch(api, named(make_study(), name))[0]
        assert response["Content-Disposition"].count('"') == 2
        assert not {"/", "\\", "\r", "\n"} & set(response["Content-Disposition"])


class TestRefusals:
    @pytest.mark.parametrize("form", ["xml", "CSV", "", "json,csv", "../x"])
    def test_another_format_is_refused(self, api, study, form):
        response = api.get(f"{path_of(study, 'export')}?format={form}", headers={"Accept": "x/y"})
        assert_error(response, 400, "validation_failed", "format")

    def test_what_breaks_half_way_is_an_error_and_no_file(self, api, study, monkeypatch):
        def broken(*_args):
            yield "ratingId"
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(export.csv_export, "lines", broken)
        response = api.get(f"{path_of(study, 'export')}?format=csv")
        assert_error(response, 500, "internal_error")
