"""The runs of a study on their page: who, how far, filtered, a part at a time."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from autousers.models import AutouserRun
from autousers.pages.runs import listing
from tests.autousers.running import make_study, queue, work
from tests.pages import opened, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fake_engine")]

BOTH = [{"autouserId": one, "agentCount": 2} for one in ("novice", "screen-reader")]


@pytest.fixture
def browser(owner):
    client = Client()
    client.force_login(owner)
    return client


def path_of(study, query=""):
    return f"/evaluations/{study['id']}/results/autousers{query}"


def rows(page):
    return [words(one) for one in page.xpath("//section[@id='runs']//tbody//th")]


class TestTheList:
    def test_it_says_how_far_the_runs_are_and_who_runs(self, api, browser):
        study = make_study(api, "score=4", "fail=HTTP%20404.", autousers=BOTH)
        queue(api, study)
        work()

        page = opened(browser, path_of(study))

        assert "All 8 runs are over. 4 completed, 4 failed." in words(page)
        assert [words(one) for one in page.xpath("//ul[@class='personas']/li")] == [
            "Novice 2 completed, 2 failed", "Screen reader user 2 completed, 2 failed",
        ]  # fmt: skip
        assert len(rows(page)) == 8
        assert "HTTP 404." in words(page)
        assert page.xpath("//*[@data-live] | //button[@value='cancel-all']") == []

    def test_what_is_under_way_is_live(self, api, browser):
        study = make_study(api, agents=3)
        queue(api, study)

        page = opened(browser, path_of(study))

        assert "0 of 3 runs are over. 3 waiting." in words(page)
        assert page.xpath("//*[@data-live]/@id") == ["progress", "who", "runs"]
        assert page.xpath("//*[@data-live]//*[@role='status']")

    @pytest.mark.parametrize(
        ("query", "count"),
        [("?status=failed", 4), ("?persona=novice", 4), ("?persona=novice&status=failed", 2),
         ("?status=nonsense", 8), ("?persona=%00", 8), ("?page=9999999", 0), ("?page=-1", 8)],
    )  # fmt: skip
    def test_it_is_filtered(self, api, browser, query, count):
        study = make_study(api, "score=4", "fail=HTTP%20404.", autousers=BOTH)
        queue(api, study)
        work()

        assert len(rows(opened(browser, path_of(study, query)))) == count

    def test_it_is_filtered_by_design(self, api, browser):
        study = make_study(api, "score=4", "score=2")
        queue(api, study)
        wanted = study["comparisons"][1]["id"]

        page = opened(browser, path_of(study, f"?design={wanted}"))

        assert len(rows(page)) == 1
        assert page.xpath(f"//option[@value='{wanted}'][@selected]")

    def test_nobody_ran(self, api, browser):
        page = opened(browser, path_of(make_study(api)))

        assert "No autouser has been sent" in words(page)

    def test_parts_of_a_long_list_follow_each_other(self, api, browser, monkeypatch):
        monkeypatch.setattr(listing, "SHOWN", 3)
        study = make_study(api, agents=7)
        queue(api, study)
        seen, query = [], ""
        for _ in range(3):
            page = opened(browser, path_of(study, query))
            seen += page.xpath("//section[@id='runs']//tbody//th/a/@href")
            query = "".join(page.xpath("//nav[@aria-label='Pages']/a[.='Later']/@href"))

        assert (len(seen), len(set(seen)), query) == (7, 7, "")

    def test_the_rows_lead_to_pages_of_runs(self, api, browser):
        study = make_study(api)
        queue(api, study)
        (href,) = opened(browser, path_of(study)).xpath("//tbody//th/a/@href")

        assert href == f"?inspectRun={AutouserRun.objects.get().pk}"
        opened(browser, path_of(study, href))

    def test_links_of_runs_in_replies_lead_to_these_pages(self, api, browser):
        study = make_study(api)
        (run,) = queue(api, study)

        for name, path in run["links"].items():
            page = opened(browser, path.removeprefix("http://testserver"))
            assert ("It waits" in words(page)) == (name == "web")

    @pytest.mark.parametrize("agents", [1, 40])
    def test_queries_do_not_grow_with_runs(self, api, browser, agents):
        study = make_study(api, "score=4", "score=2", agents=agents)
        queue(api, study)
        work()
        browser.get(path_of(study))

        for query in ("", f"?inspectRun={AutouserRun.objects.first().pk}"):
            with CaptureQueriesContext(connection) as asked:
                opened(browser, path_of(study, query))
            assert len(asked) <= 12, [one["sql"][:90] for one in asked]
