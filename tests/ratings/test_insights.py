"""The insights: honest refusals, as long as no language model can be configured."""

import pytest

from api.models import IdempotencyRecord
from teams.models import Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key
from tests.ratings.rating import comparison_of, create, path_of, rated

PAGES = ["ai-insights", "agreement-insights"]


class TestReading:
    @pytest.mark.parametrize("page", PAGES)
    def test_it_says_that_there_is_no_model(self, api, study, page):
        rated(api, study, overall=3)
        error = assert_error(api.get(path_of(study, page)), 503, "ai_not_configured")
        assert error["type"] == "api_error"

    @pytest.mark.parametrize("page", PAGES)
    def test_a_foreign_key_learns_nothing(self, other_api, study, page):
        assert_error(other_api.get(path_of(study, page)), 404, "evaluation_not_found")

    def test_a_comparison_may_be_named(self, api, study):
        path = f"{path_of(study, 'ai-insights')}?comparisonId=cmp_{comparison_of(study)}"
        assert_error(api.get(path), 503, "ai_not_configured")

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize("named", ["", "x", "c" + "0" * 24])
    def test_an_unknown_comparison_is_refused(self, api, study, method, named):
        path = f"{path_of(study, 'ai-insights')}?comparisonId={named}"
        assert_error(getattr(api, method)(path), 400, "validation_failed", "comparisonId")

    def test_one_of_another_evaluation_is_unknown(self, api, study):
        path = f"{path_of(study, 'ai-insights')}?comparisonId={comparison_of(create(api))}"
        assert_error(api.get(path), 400, "validation_failed", "comparisonId")


class TestWriting:
    def test_it_says_that_there_is_no_model_and_keeps_nothing(self, api, study):
        response = api.post(path_of(study, "ai-insights"), headers={"Idempotency-Key": "k"})
        assert_error(response, 503, "ai_not_configured")
        assert not IdempotencyRecord.objects.filter(key="k").exists()

    @pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.EDITOR, 503)])
    def test_it_takes_an_editor(self, make_rater, study, role, status):
        assert make_rater(role).post(path_of(study, "ai-insights")).status_code == status

    def test_it_takes_the_scope(self, team, study):
        client = ApiClient(make_key(team, scopes=("evaluations:read",)))
        response = client.post(path_of(study, "ai-insights"))
        assert_error(response, 403, "missing_required_scope")

    def test_a_body_that_is_no_object_is_refused(self, api, study):
        assert_error(api.post(path_of(study, "ai-insights"), b"[]"), 400, "malformed_json")
