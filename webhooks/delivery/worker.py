"""The drain: claim, send, record, and linger for what comes next.

One thread, one event loop, many requests in flight. No transaction and no
lock is held while a request is on its way.
"""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
)

from webhooks.delivery import claims, recording
from webhooks.delivery.claims import Claim
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.delivery.lifetime import Lifetime
from webhooks.delivery.requests import no_request, prepare
from webhooks.http.client import Client, Outcome, Post
from webhooks.leases import lease_duration
from webhooks.wakeup.pg_notify import Listener

log = logging.getLogger("autousers.webhooks")

#: Seconds between two looks when nobody wakes us: retries fall due by themselves.
POLL_INTERVAL = 1.0

#: Results are written when there are so many, or the oldest has waited so long (seconds).
BATCH_SIZE = 64
BATCH_WAIT = 0.02

#: Seconds between two looks while slots keep coming free: each look is a query.
CLAIM_INTERVAL = 0.005

#: Seconds to leave a database alone that is gone.
DATABASE_PAUSE = 0.5

#: How a database fails that may be back in a moment. (The last: we stood still in a transaction.)
_DATABASE_GONE = (OperationalError, InterfaceError, InternalError)


class Drainer:
    """Delivers what is due, in one process, until it is told to stop.

    `lanes` say what has room, and learn from how requests end.
    `listener` tells of what is new before the next look would find it.
    `stopping` is asked now and then; once it says so nothing new is claimed,
    and the drain ends when what is in flight has come back. `one_more` is called
    for another drain: when there is more than this one can carry, and before it leaves.
    """

    _lifetime: Lifetime  # while it runs

    def __init__(
        self,
        *,
        client: Client,
        limits: ConcurrencyLimits,
        listener: Listener | None = None,
        stopping: Callable[[], bool] = lambda: False,
        start_follower: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._listener = listener
        self._limits = limits
        self._stopping = stopping
        self._start_follower = start_follower
        self._clock = clock
        self._results: list[Outcome] = []
        self._oldest_result = 0.0
        self._claim_wanted = True
        self._leader_notified = False  # somebody rang, and we are the one that hears at once
        self._last_claim_at = 0.0
        self._paused_until = 0.0
        self._database_gone_since: float | None = None
        self._resigned = False
        #: Whether it was woken after it had called for the next, which so has not come.
        self.woken_again = False
        self.sent = 0

    def wake(self) -> None:
        """Look for work now. May be called from another thread."""
        self._claim_wanted = self.woken_again = True
        self._client.wake()

    def run(self, *, idle_timeout: float, time_limit: float) -> int:
        """Drain; how many requests were sent.

        Ends when its `Shift` is over: mostly when nothing is due, and after
        `limit` seconds with work left over.
        """
        self._lifetime = Lifetime(self._clock(), idle_timeout=idle_timeout, time_limit=time_limit)
        while True:
            now = self._clock()
            self._lifetime.advance(now, is_leader=self._is_leader)
            closing = self._stopping() or self._lifetime.must_end()
            if closing:
                self._hand_over()
            elif self._lifetime.should_call_successor(idle=self._idle):
                self._call_successor()
            found = 0 if closing else self._start_due(now)
            if self._idle and (
                closing or not (found or self._claim_wanted or now < self._paused_until)
            ):
                if self._resigned:
                    return self.sent
                if self._lifetime.may_end():
                    self._resign()
            self._collect(0.0 if found else self._wait_time(now, closing=closing))

    @property
    def _idle(self) -> bool:
        return not self._limits.in_flight and not self._results

    @property
    def _is_leader(self) -> bool:
        return self._listener is None or self._listener.is_leader

    def _call_successor(self) -> None:
        self._lifetime.successor_called()
        self.woken_again = False
        self._start_follower()

    def _hand_over(self) -> None:
        """Take on nothing more; another one is to do that."""
        if self._is_leader and not self._resigned and not self._lifetime.successor_waits():
            self._call_successor()
        self._resign()

    def _resign(self) -> None:
        """Listen no more, and look once more: something may have rung just before."""
        if self._resigned:
            return
        self._resigned = self._claim_wanted = True
        if self._listener is not None:
            self._listener.resign()

    def _start_due(self, now: float) -> int:
        """Claim and start what there is room for; how many requests set out."""
        self._listen(now)
        if not self._may_claim(now):
            return 0
        self._claim_wanted = False
        self._last_claim_at = began = self._clock()
        try:
            claimed = self._claim()
        except _DATABASE_GONE as error:
            self._pause_for_database(error)
            self._claim_wanted = True
            return 0
        self._database_gone_since = None
        if self._limits.backlog:
            self._start_follower()
        if not claimed:
            return 0
        self._claim_wanted = True  # there may be more than there was room for
        self._lifetime.worked(needed=self._is_leader or self._limits.backlog or self._limits.stale)
        if self._clock() - began > settings.WEBHOOK_LEASE_MARGIN:
            # The answers could come after the lease. It runs out, and they are claimed anew.
            log.warning("A claim took too long; %s deliveries are not sent by it", len(claimed))
            return 0
        for claim in claimed:
            self._limits.start(claim.endpoint_id, retry=claim.is_retry)
            item = prepare(claim)
            if isinstance(item, Post):
                self._submit(item)
            else:
                self._finish(item)
        self.sent += len(claimed)
        return len(claimed)

    def _claim(self) -> list[Claim]:
        """Claim: by the short way when somebody rang while there was nothing to do."""
        notified, self._leader_notified = self._leader_notified, False
        if notified and not self._limits.in_flight:
            claimed = claims.claim_first_attempts(self._limits)
            if len(claimed) == self._limits.free_for_any():
                # There may be more: send these and look at once.
                self._last_claim_at -= CLAIM_INTERVAL
            if claimed:
                return claimed
        return claims.claim(self._limits)

    def _listen(self, now: float) -> None:
        """Hear whether there is something new."""
        if self._listener is None or self._resigned or now < self._paused_until:
            return
        try:
            if self._listener.notified():
                self._claim_wanted = True
                self._leader_notified = self._listener.is_leader
                if not self._limits.free():
                    self._start_follower()
        except _DATABASE_GONE as error:
            self._pause_for_database(error)
            self._claim_wanted = True

    def _may_claim(self, now: float) -> bool:
        if not self._limits.free() or now < self._paused_until:
            return False
        since = now - self._last_claim_at
        return since >= POLL_INTERVAL or (
            self._claim_wanted and (since >= CLAIM_INTERVAL or not self._limits.in_flight)
        )

    def _submit(self, post: Post) -> None:
        try:
            self._client.submit(post)
        except Exception as error:
            log.exception("A request could not be started")
            self._finish(
                no_request(post.key, f"{type(error).__name__} in the sender.", fault="ours")
            )

    def _collect(self, seconds: float) -> None:
        for outcome in self._client.wait(seconds):
            self._finish(outcome)
            self._claim_wanted = True  # a slot came free
        now = self._clock()
        waited = now - self._oldest_result
        if now < self._paused_until:
            return
        if self._results and (
            len(self._results) >= BATCH_SIZE or waited >= BATCH_WAIT or not self._limits.in_flight
        ):
            self._record()

    def _finish(self, outcome: Outcome) -> None:
        claim: Claim = outcome.key.claim
        if not self._results:
            self._oldest_result = self._clock()
        self._results.append(outcome)
        self._limits.end(
            claim.endpoint_id,
            retry=claim.is_retry,
            ok=outcome.delivered,
            ms=outcome.timing.total_ms,
        )

    def _wait_time(self, now: float, *, closing: bool) -> float:
        """Seconds that may pass before something is to be done here."""
        if now < self._paused_until:
            return self._paused_until - now
        until = now + POLL_INTERVAL
        if self._results:
            until = min(until, self._oldest_result + BATCH_WAIT)
        if self._limits.free() and not closing:
            pause = CLAIM_INTERVAL if self._claim_wanted else POLL_INTERVAL
            check_at = (
                now
                if self._claim_wanted and not self._limits.in_flight
                else self._last_claim_at + pause
            )
            until = min(until, check_at)
        if self._listener is not None and (listener_at := self._listener.check_at()) is not None:
            until = min(until, listener_at)
        return max(0.0, until - now)

    def _record(self) -> None:
        """Write the results, or hold on to them while the database is away."""
        batch, self._results = self._results, []
        try:
            recording.record(batch)
        except _DATABASE_GONE as error:
            self._results = batch
            self._pause_for_database(error)
        except DatabaseError:
            # One of them cannot be written, which must not cost the others.
            for outcome in batch:
                self._record_alone(outcome)
        else:
            self._database_gone_since = None

    def _record_alone(self, outcome: Outcome) -> None:
        try:
            recording.record([outcome])
        except _DATABASE_GONE as error:
            self._results.append(outcome)
            self._pause_for_database(error)
        except DatabaseError:
            log.exception("A result cannot be recorded; its attempt will be entered as lost")

    def _pause_for_database(self, error: Exception) -> None:
        """Leave a database alone that is gone; what is on its way goes on.

        After a lease's time, or when we are to stop, waiting is no use: the
        rows are due again by themselves.

        Raises:
            The error, when waiting is no use.
        """
        now = self._clock()
        if self._database_gone_since is None:
            self._database_gone_since = now
            log.warning("The database is gone; %s results wait for it", len(self._results))
        if self._stopping() or now - self._database_gone_since > lease_duration().total_seconds():
            raise error
        if self._listener is not None:
            self._listener.detach()
        connection.close()
        self._paused_until = now + DATABASE_PAUSE
