"""Every operation that is built says what the contract says.

`facts.json` holds the contract's facts about all operations, `missing.txt` the
operations that are not built yet: take a line out when its operation is there,
and the comparison holds it to the contract.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve

from api.openapi.document import document
from api.rest.shapes import Shape
from tests.contract.comparison import (
    JSON,
    Difference,
    Document,
    compare_request,
    compare_response,
)
from webhooks.catalogue.types import CATALOGUE

HERE = Path(__file__).parent
CONTRACT = Document(json.loads((HERE / "facts.json").read_text(encoding="utf-8")))
MISSING = (HERE / "missing.txt").read_text(encoding="utf-8").split()

SUPERSEDED = "a delivery that neither arrived nor was given up: a replay took its place"

#: Where we differ and mean to: (operation or "*", place, path, fact) and the reason.
DELIBERATE: dict[tuple[str, str, str, str], str] = {
    ("*", "parameter Autousers-Version", "", "enum"): "a version we do not serve is refused",
    ("*", "parameter Idempotency-Key", "", "minLength"): "an empty key is a mistake of the caller",
    ("*", "response 200", "total_count", "present"): "optional, and counting is not cheap",
    ("*", "request", "", "required"): "no body is an empty one, and changes nothing",
    ("*", "request", "enabled_events.[]", "enum"): "the words the contract describes",
    ("*", "request", "email", "minLength"): "an empty one is no address",
    ("patchAutousersId", "request", "systemPrompt", "minLength"): "empty leaves it as it is",
    ("postAutousersIdRubrics", "request", "dimensionId", "maxLength"): "no id is longer",
    ("*", "request", "url", "maxLength"): "a limit is needed, and browsers stop there",
    ("postEvaluationsIdRatings", "request", "justification", "maxLength"): "a limit is needed",
    ("postEvaluationsIdRatings", "request", "skipReason", "maxLength"): "a limit is needed",
    ("postEvaluationsIdRatings", "request", "timeSpentSeconds", "maximum"): "what can be stored",
    ("getWebhooksIdDeliveries", "parameter status", "", "enum"): "superseded can be asked for",
    ("getWebhooksIdDeliveries", "response 200", "data.[].status", "enum"): SUPERSEDED,
    ("getWebhooksDeliveriesId", "response 200", "status", "enum"): SUPERSEDED,
    ("getEvaluationsIdRatings", "parameter limit", "", "default"): "no client asks for page two",
    ("getEvents", "parameter type", "", "enum"): "an unknown type is refused by name",
    ("getEvents", "parameter type", "", "minLength"): "its values are listed instead",
    ("*", "event", "data.object.status", "enum"): "the type of the event says which",
    ("autouser_run.failed", "event", "data.object.error", "types"): "a failed run has one",
}

#: Fields that the API has and the guides do not show in events; all are optional.
NOT_IN_EVENTS = """
    autouserName autouserIcon currentStep currentAction currentNarration
    currentComparison totalComparisons ratingSummary ratingSummary.totalRatings
    ratingSummary.averageScore ratingSummary.sideA ratingSummary.same ratingSummary.sideB
    timingData comparison comparison.label user user.name user.email autouser autouser.name
"""
DELIBERATE |= {
    ("*", "event", f"data.object.{name}", "present"): "optional; may come with the model"
    for name in NOT_IN_EVENTS.split()
}


def _content_of(body: dict[str, Any]) -> dict[str, Any]:
    """What a request body is: JSON, or the one form."""
    [content] = body["content"].values()
    return dict(content)


def shapes(of: type[Shape] = Shape) -> Iterator[type[Shape]]:
    """All request and reply bodies."""
    for shape in of.__subclasses__():
        yield shape
        yield from shapes(shape)


#: Fields of bodies that we take beyond the contract.
DELIBERATE |= {
    ("*", "request", field, "present"): f"an addition of {shape.__name__}"
    for shape in shapes()
    for field in shape.additions
}


#: What we offer beyond the contract.
ADDITIONS = {
    "postTeamsIdMembersAccept": "makes an invited person a member",
    "postWebhooksDeliveriesBulkRetry": "replays many deliveries at a pace",
    "getEvaluationsIdObservationsObservationId": "shows what was seen of a design",
    "getEvaluationsIdObservationsObservationIdFilesName": "sends a picture of a visit",
    "postWebhooksIdCatchUp": "sends an endpoint what it missed while it was disabled",
}


#: Event types that we offer beyond the contract.
ADDED_EVENTS = {str(kind) for kind, about in CATALOGUE.items() if about.addition}


@cache
def served() -> Document:
    return Document(json.loads(document()))


@cache
def offered() -> dict[str, dict[str, Any]]:
    """Our operations by name, in the form of the contract's facts."""
    return {
        operation["operationId"]: {"method": method.upper(), "path": path, **operation}
        for path, item in served().root["paths"].items()
        for method, operation in item.items()
    }


def built() -> dict[str, dict[str, Any]]:
    """Those of our operations that the contract has."""
    return {name: facts for name, facts in offered().items() if name not in ADDITIONS}


def by_name(source: Document, parameters: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {found["name"]: found for found in map(source.follow, parameters)}


def parameter_differences(theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[Difference]:
    accepted = by_name(served(), ours.get("parameters", []))
    for name, wanted in by_name(CONTRACT, theirs["parameters"]).items():
        place = f"parameter {name}"
        if name not in accepted:
            yield Difference(place, "", "present", True, False)
            continue
        for fact in ("in", "required"):
            if wanted.get(fact, False) != accepted[name].get(fact, False):
                yield Difference(place, "", fact, wanted.get(fact), accepted[name].get(fact))
        yield from compare_request(
            place,
            CONTRACT.facts(wanted["schema"]),
            served().facts(accepted[name]["schema"]),
        )


def body_differences(theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[Difference]:
    wanted, taken = theirs.get("requestBody"), ours.get("requestBody")
    if wanted is None or taken is None:
        if wanted is not taken:
            yield Difference("request", "", "present", wanted is not None, taken is not None)
        return
    if wanted.get("required", False) != taken.get("required", False):
        yield Difference("request", "", "required", wanted.get("required"), taken.get("required"))
    yield from compare_request(
        "request",
        CONTRACT.facts(_content_of(wanted)["schema"]),
        served().facts(_content_of(taken)["schema"]),
    )


def reply_differences(theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[Difference]:
    for status, promised in theirs["responses"].items():
        place = f"response {status}"
        if status not in ours["responses"]:
            yield Difference(place, "", "present", True, False)
            continue
        given = ours["responses"][status].get("content", {})
        for media_type, content in promised.get("content", {}).items():
            if media_type not in given:
                yield Difference(place, media_type, "present", True, False)
                continue
            yield from compare_response(
                place,
                CONTRACT.facts(content["schema"]),
                served().facts(given[media_type]["schema"]),
            )
    for status in theirs["errors"]:
        if status not in ours["responses"]:
            yield Difference(f"response {status}", "", "present", True, False)


def event_differences(theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[Difference]:
    yield from parameter_differences(theirs, ours)
    yield from compare_response(
        "event",
        CONTRACT.facts(theirs["requestBody"]["content"][JSON]["schema"]),
        served().facts(ours["requestBody"]["content"][JSON]["schema"]),
    )


def reasons(name: str, difference: Difference) -> Iterator[tuple[str, str, str, str]]:
    for operation in ("*", name):
        key = (operation, difference.place, difference.path, difference.fact)
        if key in DELIBERATE:
            yield key


def operation_differences(name: str) -> list[Difference]:
    """All of them but bounds of lists that the contract leaves without one: a server has to."""
    theirs, ours = CONTRACT.root["operations"][name], built()[name]
    differences = [
        *parameter_differences(theirs, ours),
        *body_differences(theirs, ours),
        *reply_differences(theirs, ours),
    ]
    return [
        one
        for one in differences
        if (one.fact != "maxItems" or one.theirs is not None) and not only_adds_events(one)
    ]


def only_adds_events(difference: Difference) -> bool:
    """Whether we accept what the contract does, and event types beyond it."""
    if difference.fact != "enum" or difference.theirs is None or difference.ours is None:
        return False
    theirs, ours = set(difference.theirs), set(difference.ours)
    return theirs < ours and ours - theirs <= ADDED_EVENTS


def sent_events() -> dict[str, dict[str, Any]]:
    return {kind: item["post"] for kind, item in served().root["webhooks"].items()}


TO_DO = (
    "say what the contract says, or give the difference a reason in DELIBERATE;"
    " `make contract` lists all differences"
)


class TestOperations:
    def test_every_operation_of_the_contract_is_built_or_listed_as_missing(self) -> None:
        everything = set(CONTRACT.root["operations"])

        assert sorted(everything - set(built())) == MISSING, (
            "strike what is built out of tests/contract/missing.txt, and list there what is not"
        )
        assert set(built()) <= everything, (
            "a route beyond the contract goes into ADDITIONS, with the reason"
        )
        assert set(ADDITIONS) <= set(offered()) - everything, (
            "strike out of ADDITIONS what is gone or in the contract"
        )

    @pytest.mark.parametrize("name", sorted(built()))
    def test_it_has_the_documented_address(self, name: str) -> None:
        theirs, ours = CONTRACT.root["operations"][name], built()[name]

        assert (ours["method"], ours["path"]) == (theirs["method"], theirs["path"]), (
            "serve it at the address of the contract, or give the view another operation_id"
        )

    @pytest.mark.parametrize("name", sorted(built()))
    def test_it_says_what_the_contract_says(self, name: str) -> None:
        unexplained = [
            str(difference)
            for difference in operation_differences(name)
            if not any(reasons(name, difference))
        ]

        assert unexplained == [], TO_DO

    @pytest.mark.parametrize("name", sorted(built()))
    def test_its_view_mirrors_the_object_where_the_contract_says_so(self, name: str) -> None:
        ours = built()[name]
        view = resolve("/api/v1" + ours["path"].replace("{", "").replace("}", "")).func.view_class

        mirrors = ours["method"] in view.mirrored_methods

        assert mirrors == bool(CONTRACT.root["operations"][name].get("mirror")), (
            f"the contract decides: change `mirrored_methods` of {view.__name__}"
        )


class TestEvents:
    def test_an_event_type_beyond_the_contract_says_so(self) -> None:
        beyond = sent_events().keys() - CONTRACT.root["webhooks"].keys()

        assert beyond == ADDED_EVENTS, "give each its `addition=True` in CATALOGUE, and no other"

    @pytest.mark.parametrize("kind", sorted(sent_events().keys() & CONTRACT.root["webhooks"]))
    def test_it_says_what_the_contract_says(self, kind: str) -> None:
        differences = event_differences(CONTRACT.root["webhooks"][kind], sent_events()[kind])

        unexplained = [str(found) for found in differences if not any(reasons(kind, found))]

        assert unexplained == [], TO_DO


def test_no_deliberate_difference_is_out_of_date() -> None:
    used = {
        key
        for name in built()
        for difference in operation_differences(name)
        for key in reasons(name, difference)
    } | {
        key
        for kind, ours in sent_events().items()
        if kind in CONTRACT.root["webhooks"]
        for difference in event_differences(CONTRACT.root["webhooks"][kind], ours)
        for key in reasons(kind, difference)
    }

    assert set(DELIBERATE) - used == set(), "strike out of DELIBERATE what no longer differs"
