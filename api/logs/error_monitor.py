"""Reporting errors to Sentry, or a server that speaks its protocol, where `SENTRY_DSN` names one.

A report has the traceback and the route. It has no local variables, bodies, headers, cookies,
addresses or names of people: these hold keys and what customers typed.
"""

from typing import Any


def start(dsn: str, *, environment: str, release: str) -> None:
    """Report what is logged as an error, and what no code caught, from now on."""
    import sentry_sdk  # costs a fifth of a second, and most installations report nothing

    sentry_sdk.init(
        dsn,
        environment=environment,
        release=release,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,  # log lines and queries, with values
        traces_sample_rate=0.0,
        before_send=_without_request,
    )


def _without_request(report: Any, _hint: Any) -> Any:
    """Leave out the request, whose URL can hold the token of a link, and the machine's name."""
    for name in ("request", "user", "server_name"):
        report.pop(name, None)
    return report
