"""The event loop of the client: libcurl's multi handle, its sockets, its timer, a wake-up.

Only sockets with events cost time, so that hundreds of slow receivers do not delay the fast ones.
"""

import contextlib
import math
import select
import socket
from time import monotonic

import pycurl

_READABLE = select.POLLIN | select.POLLHUP | select.POLLERR

# What libcurl asks for, in the words of poll(2).
_INTEREST = {
    pycurl.POLL_NONE: 0,
    pycurl.POLL_IN: select.POLLIN,
    pycurl.POLL_OUT: select.POLLOUT,
    pycurl.POLL_INOUT: select.POLLIN | select.POLLOUT,
}


class _Poller:
    """epoll where there is epoll, poll elsewhere; both take the same flags.

    A socket that libcurl waits for no events of is mostly a kept connection and soon used again. It
    stays registered as idle, which saves two system calls per request. As the number of a closed
    socket may be used for a new one, opening a socket unregisters all idle ones.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._poll = self._epoll or select.poll()
        self._watched: dict[int, int] = {}
        self._idle: set[int] = set()

    def watch(self, fd: int, events: int) -> None:
        self._idle.discard(fd)
        known = self._watched.get(fd)
        if known is None:
            self._poll.register(fd, events)
        elif known != events:
            self._poll.modify(fd, events)
        self._watched[fd] = events

    def rest(self, fd: int) -> None:
        if fd in self._watched:
            self._idle.add(fd)

    def forget(self, fd: int) -> None:
        self._idle.discard(fd)
        self._forget(fd)

    def forget_idle(self) -> None:
        while self._idle:
            self._forget(self._idle.pop())

    def wait(self, seconds: float) -> list[tuple[int, int]]:
        """The events of watched sockets; an idle socket with an event is unregistered."""
        # epoll takes seconds, poll takes milliseconds.
        happened = self._poll.poll(seconds if self._epoll else math.ceil(seconds * 1000))
        if self._idle:
            for fd, _ in happened:
                if fd in self._idle:
                    self._idle.discard(fd)
                    self._forget(fd)
        return [(fd, events) for fd, events in happened if fd in self._watched]

    def close(self) -> None:
        if self._epoll:
            self._epoll.close()

    def _forget(self, fd: int) -> None:
        del self._watched[fd]
        # The kernel has dropped it already if libcurl closed it meanwhile.
        with contextlib.suppress(OSError):
            self._poll.unregister(fd)


Ended = tuple[pycurl.Curl, int, str]
"""A finished handle, libcurl's code (0 is success), and its message."""


class SocketLoop:
    """Drives libcurl handles; everything but `wake` belongs to one thread."""

    def __init__(self, *, kept_connections: int) -> None:
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, kept_connections)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._timer: float | None = None
        self._poller = _Poller()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        self._wake_fd = self._wake_out.fileno()
        self._poller.watch(self._wake_fd, select.POLLIN)
        self._other_fd: int | None = None
        self.other_readable = False

    def add(self, curl: pycurl.Curl) -> None:
        """Add a prepared handle; it starts in the next turn."""
        self._multi.add_handle(curl)

    def remove(self, curl: pycurl.Curl) -> None:
        """Remove a handle, finished or not; its connection is kept if it can be reused."""
        self._multi.remove_handle(curl)

    def wake_on(self, fd: int | None) -> None:
        """Have `other_readable` set when this file has something to read. None ends that.

        The file must stay open as long as it is watched.
        """
        if fd == self._other_fd:
            return
        if self._other_fd is not None:
            self._poller.forget(self._other_fd)
        if fd is not None:
            self._poller.watch(fd, select.POLLIN)
        self._other_fd = fd

    def socket_opened(self) -> None:
        """Must be called for every socket that is opened for libcurl."""
        self._poller.forget_idle()

    def turn(self, until: float) -> list[Ended]:
        """Wait for an event, or until that monotonic time, and handle it.

        Returns the handles that ended; the caller removes them. May return early with none.
        """
        now = monotonic()
        if self._timer is not None:
            until = min(until, self._timer)
        for fd, events in self._poller.wait(max(until - now, 0.0)):
            if fd == self._wake_fd:
                self._drain_wakes()
            elif fd == self._other_fd:
                self.other_readable = True
            else:
                self._act(fd, events)
        if self._timer is not None and self._timer <= monotonic():
            self._timer = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        return self._ended()

    def wake(self) -> None:
        """Make a waiting `turn` return now. Safe from any thread, and after `close`."""
        # A full pipe wakes as well as one more byte would.
        with contextlib.suppress(BlockingIOError, OSError):
            self._wake_in.send(b"\0")

    def close(self) -> None:
        """Close the connections. Handles must have been removed."""
        self._multi.close()
        self._poller.close()
        self._wake_in.close()
        self._wake_out.close()

    def _act(self, fd: int, events: int) -> None:
        action = pycurl.CSELECT_IN if events & _READABLE else 0
        if events & select.POLLOUT:
            action |= pycurl.CSELECT_OUT
        self._multi.socket_action(fd, action)

    def _ended(self) -> list[Ended]:
        ended: list[Ended] = []
        queued = 1
        while queued:
            queued, good, bad = self._multi.info_read()
            ended += [(curl, 0, "") for curl in good]
            ended += bad
        return ended

    def _drain_wakes(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_out.recv(4096):
                pass

    def _watch(self, what: int, fd: int, multi: pycurl.CurlMulti, data: object) -> None:
        """Called by libcurl when it wants to hear of other events on a socket, or of none."""
        if what == pycurl.POLL_REMOVE:
            self._poller.rest(fd)
        else:
            self._poller.watch(fd, _INTEREST[what])

    def _set_timer(self, delay_ms: int) -> None:
        """Called by libcurl when it wants to be called back after that time; -1 means never."""
        self._timer = None if delay_ms < 0 else monotonic() + delay_ms / 1000
