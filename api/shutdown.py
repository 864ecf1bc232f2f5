"""Whether this worker was asked to stop, so that long tasks can finish in time."""

import ctypes
from multiprocessing.sharedctypes import RawValue

from celery.signals import worker_shutting_down

#: Set in the worker's main process when it shuts down, and seen by its children. Not an
#: `Event`: that has a lock, and a child killed while holding it would stop all others for good.
_stopping = RawValue(ctypes.c_bool, False)


@worker_shutting_down.connect
def _stop(**_: object) -> None:
    _stopping.value = True


def asked_to_stop() -> bool:
    """Whether the worker shuts down."""
    return bool(_stopping.value)
