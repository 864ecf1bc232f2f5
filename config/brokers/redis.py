"""kombu's Redis transport, with two corrections of errors that ended a worker.

A closed channel is a lost connection. When Redis goes, a worker closes its
channel and opens another one. Tasks that were running then acknowledge their
messages on the closed one, and messages that waited for a slot are put back
through it. kombu 5.7 asks such a channel
for the address of its server and raises `AttributeError`, which ends the
worker. A connection error is what Celery expects there: it logs it and goes on.

Entries that are no messages are dropped. Celery drops messages that it cannot read; but for foreign
text in the list of a queue, kombu raises the error of its parser.
"""

import logging
from typing import Any

from kombu.transport import redis as kombu_redis
from redis.exceptions import ConnectionError

log = logging.getLogger("autousers.broker")


class Channel(kombu_redis.Channel):
    """A channel that reports that it is closed, and drops entries that are no messages."""

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        """The parameters of a new connection.

        Raises:
            ConnectionError: when the channel was closed.
        """
        if self.connection is None or self.connection.client is None:
            raise ConnectionError("The channel was closed when Redis went.")
        return super()._connparams(asynchronous=asynchronous)

    def _brpop_read(self, **options: Any) -> bool:
        """Take the entry of a queue; Redis has removed it from its list already."""
        try:
            return bool(super()._brpop_read(**options))
        except (ValueError, LookupError, TypeError):
            log.exception("What came from Redis is no message, and was dropped")
            return True


class Transport(kombu_redis.Transport):
    """Redis, with such channels."""

    Channel = Channel
