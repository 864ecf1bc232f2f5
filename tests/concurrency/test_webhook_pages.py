"""Forms about webhooks that are sent twice at one moment, on real transactions."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.test import Client

from api import ids
from tests.concurrency.threads import at_once
from tests.webhooks.delivering import abandoned, make_deliveries
from tests.webhooks.failing import make_endpoint
from webhooks.models import WebhookDelivery, WebhookEndpoint

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

TIMES = 6


def pressed(owner: Any, path: str, **fields: str) -> list[Any]:
    """The replies to one form that is sent several times at once."""
    form = {**fields, "number": ids.cuid()}
    browsers = [Client() for _ in range(TIMES)]
    for browser in browsers:
        browser.force_login(owner)
    return at_once([partial(browser.post, path, form) for browser in browsers])


def secrets_in(replies: list[Any]) -> int:
    return sum("whsec_" in reply.content.decode() for reply in replies)


def test_one_endpoint_is_made_and_one_reply_has_its_secret(owner, team):
    replies = pressed(owner, "/settings/webhooks/new", url="https://a.example.com/", which="all")
    assert WebhookEndpoint.objects.count() == 1
    assert Counter(reply.status_code for reply in replies) == {200: 1, 302: TIMES - 1}
    assert secrets_in(replies) == 1


def test_a_secret_is_rotated_once(owner, team):
    hook = make_endpoint(team)
    replies = pressed(owner, f"/settings/webhooks/{hook.pk}/rotate")
    assert secrets_in(replies) == 1
    assert WebhookEndpoint.objects.get().previous_secret == hook.secret


@pytest.mark.parametrize("word", ["test", "retry", "again"])
def test_what_is_sent_is_sent_once(owner, team, word):
    hook = make_endpoint(team)
    [delivery] = make_deliveries(team, 1, **abandoned())
    path = f"/settings/webhooks/{hook.pk}/{word}"
    if word == "again":
        path = f"/settings/webhooks/deliveries/{delivery.pk}/again"
    replies = pressed(owner, path, per_second="10")
    assert {reply.status_code for reply in replies} == {302}
    assert WebhookDelivery.objects.exclude(pk=delivery.pk).count() == 1
