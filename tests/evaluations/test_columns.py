"""A field that is validated is kept, or the request fails: none is answered and dropped."""

import pytest

from api.rest.fields import Choice
from evaluations.admin.forms import SHOWN
from evaluations.models import Evaluation, EvaluationMethod
from evaluations.rest.draft_serializers import EvaluationDraftUpdateSerializer
from evaluations.rest.evaluation_serializers import (
    EvaluationCreateSerializer,
    EvaluationUpdateSerializer,
)
from evaluations.studies import services
from evaluations.studies.columns import COLUMNS, WIZARD, UnknownField, split
from evaluations.studies.drafts import save_draft
from evaluations.templates import services as templates
from evaluations.templates.shapes import COLUMNS as TEMPLATE_COLUMNS
from evaluations.templates.shapes import CONTENT_FIELDS

#: Fields of today's wizard that older ones say in other words.
OLD = {"selectedPersonas", "agentCount", "sideAUrl", "sideBUrl"}


@pytest.fixture
def study(evaluation):
    return Evaluation.objects.whole().get(pk=evaluation["id"])


@pytest.mark.parametrize(
    "shape",
    [EvaluationCreateSerializer, EvaluationUpdateSerializer, EvaluationDraftUpdateSerializer],
)
def test_every_field_of_a_body_has_a_place(shape):
    names = {field.source for field in shape.shared().fields.values()}
    split(dict.fromkeys(names - services.APPLIED - OLD - {"id"}))


def test_every_column_of_a_body_is_on_the_page_of_the_admin():
    assert set(COLUMNS) - set(SHOWN) == set()


def test_no_field_has_two_places():
    assert not COLUMNS & WIZARD
    assert not set(TEMPLATE_COLUMNS) & set(CONTENT_FIELDS)


def test_a_column_that_is_new_to_a_body_is_saved(api, evaluation, monkeypatch):
    """A draft changes `evaluationMethod`; were it a field of this route too, it would be kept."""
    fields = EvaluationUpdateSerializer.shared().fields
    monkeypatch.setitem(fields.fields, "evaluationMethod", None)
    fields["evaluationMethod"] = Choice(EvaluationMethod.values, required=False)

    reply = api.patch(f"/api/v1/evaluations/{evaluation['id']}", {"evaluationMethod": "both"})

    assert reply.status_code == 200, reply.content
    assert reply.json()["evaluationMethod"] == "both"
    assert Evaluation.objects.get().evaluation_method == "both"


@pytest.mark.parametrize("name", ["colour", "share_token", "instructions"])
def test_an_update_of_what_it_does_not_keep_fails(study, name):
    with pytest.raises(UnknownField, match=name):
        services.update_evaluation(evaluation=study, changes={name: "x"})


def test_a_new_evaluation_with_an_unknown_field_fails(team):
    values = {"name": "Kiosk", "colour": "red"}
    with pytest.raises(UnknownField, match="colour"):
        services.create_evaluation(team=team, author=None, values=values)


def test_a_draft_with_an_unknown_field_fails(study):
    with pytest.raises(UnknownField, match="colour"):
        save_draft(evaluation=study, sent={"colour": "red"}, author=None)


def test_a_template_with_an_unknown_field_fails(team):
    values = {"name": "Clarity", "colour": "red"}
    with pytest.raises(TypeError, match="colour"):
        templates.create_template(team=team, author=None, values=values)
