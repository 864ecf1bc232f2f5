"""A study with many dimensions of its own costs hardly more statements than one with few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.models import Template, TemplateVersion

pytestmark = pytest.mark.slow

EVALUATIONS = "/api/v1/evaluations"
FEW, MANY = 5, 40

#: SQLite takes a statement of 40 rows in a few parts.
MORE = 5


def own(count, **extra):
    custom = [{"id": f"own-{n}", "name": f"Own {n}", **extra} for n in range(count)]
    return {"customDimensions": custom, "selectedDimensionIds": [one["id"] for one in custom]}


def study(count):
    return {"name": "x", "designUrls": [{"url": "https://example.com"}], **own(count)}


@pytest.fixture
def drafted(api):
    """Make a draft with so many dimensions of its own; its path."""

    def make(count):
        id = api.post(EVALUATIONS, study(count)).json()["id"]
        return f"{EVALUATIONS}/{id}/draft"

    return make


def cost(send):
    with CaptureQueriesContext(connection) as captured:
        response = send()
    assert response.status_code < 300, response.content
    return len(captured)


class TestStatements:
    def test_creating(self, api):
        few, many = (cost(lambda n=n: api.post(EVALUATIONS, study(n))) for n in (FEW, MANY))
        assert many - few <= MORE

    @pytest.mark.parametrize("what", ["changing", "adding", "dropping"])
    def test_saving_a_draft(self, api, drafted, what):
        costs = []
        for count in (FEW, MANY):
            had = {"changing": count, "adding": 1, "dropping": count}[what]
            wanted = own(
                {"changing": count, "adding": count, "dropping": 1}[what],
                **({"description": "New"} if what == "changing" else {}),
            )
            path = drafted(had)
            costs.append(cost(lambda path=path, body=wanted: api.patch(path, body)))
        assert costs[1] - costs[0] <= MORE

    def test_what_is_dropped_goes_with_its_versions(self, api, drafted):
        path = drafted(MANY)
        api.patch(path, own(MANY, description="New"))
        api.patch(path, {"customDimensions": [], "selectedDimensionIds": ["overall"]})
        assert not Template.objects.filter(key__startswith="own-").exists()
        assert not TemplateVersion.objects.filter(snapshot__name__startswith="Own ").exists()

    def test_what_is_changed_has_a_version_more_and_the_rest_none(self, api, drafted):
        path = drafted(FEW)
        body = own(FEW)
        body["customDimensions"][2]["description"] = "New"
        api.patch(path, body)
        versions = dict(Template.objects.filter(key__gt="").values_list("key", "version"))
        assert versions == {f"own-{n}": 2 if n == 2 else 1 for n in range(FEW)}


def test_templates_are_not_compared_with_each_other(api, monkeypatch):
    """Each with each, 6,000 of them kept the only writer of SQLite waiting for minutes."""
    compared = []
    real = Template.__eq__

    def count(one, other):
        compared.append(one)
        return real(one, other)

    monkeypatch.setattr(Template, "__eq__", count)
    monkeypatch.setattr(Template, "__hash__", lambda one: hash(one.pk))
    assert api.post(EVALUATIONS, study(MANY)).status_code == 201
    assert len(compared) <= MANY
