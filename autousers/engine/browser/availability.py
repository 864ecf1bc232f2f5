"""Whether there is a browser on this machine, without starting it."""

from functools import lru_cache

from autousers.engine.browser.running.programs import NoBrowser, find_program, identity


@lru_cache
def why_no_browser(setting: str = "") -> str:
    """Why no browser can be started here; empty when one can. Asked once per process."""
    try:
        find_program(setting)
        identity()
    except NoBrowser as none:
        return str(none)
    return ""
