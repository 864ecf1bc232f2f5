"""kombu's Redis transport, with one correction: a closed channel is a lost connection.

When Redis goes, a worker closes its channel and opens another one. Tasks that
were running then acknowledge their messages on the closed one, and messages
that waited for a slot are put back through it. kombu 5.7 asks such a channel
for the address of its server and raises `AttributeError`, which ends the
worker. A connection error is what Celery expects there: it logs it and goes on.
"""

from typing import Any

from kombu.transport import redis as kombu_redis
from redis.exceptions import ConnectionError


class Channel(kombu_redis.Channel):
    """A channel that has no connection any more says so."""

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        """What a new connection is made with.

        Raises:
            ConnectionError: when the channel was closed.
        """
        if self.connection is None or self.connection.client is None:
            raise ConnectionError("The channel was closed when Redis went.")
        return super()._connparams(asynchronous=asynchronous)


class Transport(kombu_redis.Transport):
    """Redis, with such channels."""

    Channel = Channel
