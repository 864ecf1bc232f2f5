"""Ways to send to a receiver that wants to hurt the sender: real sockets, real TLS.

The deadline is shortened to a second where a row allows it; half a second of grace is the same.
"""

import time
from ipaddress import ip_address, ip_network

from api.outbound.addresses import AddressPolicy, parse_target
from webhooks.http.client import Post, post

LOCAL = AddressPolicy(allow_private=True)
LOOPBACK = ip_network("127.0.0.0/8")
DEADLINE = 1.0
GRACE = 0.5
HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "Autousers-Webhooks/1.0",
    "Autousers-Event-Id": "event_demo",
}
BODY = b'{"id":"event_demo"}'


def post_to(url, *, key=1, body=BODY, headers=HEADERS):
    return Post(key=key, target=parse_target(url, allow_http=True), headers=headers, body=body)


def send(url, *, policy=LOCAL, body=BODY, headers=HEADERS, **options):
    return post(
        post_to(url, body=body, headers=headers),
        policy=policy,
        **{"deadline": DEADLINE, **options},
    )


def drain(client, count, *, limit=10.0):
    """Wait for that many outcomes."""
    outcomes = []
    end = time.monotonic() + limit
    while len(outcomes) < count and time.monotonic() < end:
        outcomes += client.wait(end - time.monotonic())
    assert len(outcomes) == count
    return outcomes


def names(**addresses):
    """Make a resolver that knows these names, their dots written as underscores."""

    def lookup(host):
        return [ip_address(text) for text in addresses[host.replace(".", "_")].split()]

    return lookup
