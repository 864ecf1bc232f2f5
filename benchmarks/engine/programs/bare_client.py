"""The baseline "bare": an aiohttp client that sends the same body and headers, and nothing else.

    python -m benchmarks.engine.programs.bare_client URL COUNT IN_FLIGHT BODY_FILE

No database, no signature, no guard, no record of what came of it. One process,
one session, kept connections, on uvloop.
"""

import asyncio
import sys
from pathlib import Path

import aiohttp
import uvloop

HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "Autousers-Webhooks/1.0",
    "Autousers-Event-Id": "event_cm9k2v7f40001s8l2d4hq6wzt",
    "Autousers-Event-Type": "evaluation.status_changed",
    "Autousers-Delivery-Id": "whd_cm9k2v7f40001s8l2d4hq6wzt",
    "Autousers-Signature": f"t=1780300805,v1={'0' * 64}",
    "webhook-id": "event_cm9k2v7f40001s8l2d4hq6wzt",
    "webhook-timestamp": "1780300805",
    "webhook-signature": f"v1,{'0' * 44}",
}


async def _send(url: str, count: int, in_flight: int, body: bytes) -> None:
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=in_flight),
        timeout=aiohttp.ClientTimeout(total=10),
    ) as session:

        async def sender(share: int) -> None:
            for _ in range(share):
                async with session.post(
                    url, data=body, headers=HEADERS, allow_redirects=False
                ) as reply:
                    await reply.read()
                    reply.raise_for_status()

        await asyncio.gather(*(sender(count // in_flight) for _ in range(in_flight)))


if __name__ == "__main__":
    _url, _count, _in_flight, _body = sys.argv[1:]
    uvloop.run(_send(_url, int(_count), int(_in_flight), Path(_body).read_bytes()))
