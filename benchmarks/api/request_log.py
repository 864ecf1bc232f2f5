"""Measure what logging a request costs: CPU of leaving the note, and of making it a row.

    DATABASE_URL=postgres://… python -m benchmarks.api.request_log

Writes and removes rows of the request log in that database.
"""

import os
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.api.settings")

COUNT = 4_000
BODY = (
    b'{"name": "", "description": "A kiosk in the station hall", "sharePassword": "hunter2",'
    b' "designUrls": [{"url": "https://example.com/kiosk?token=abc"}, {"url": "https://a.io"}]}'
)


def main() -> None:
    """Print microseconds of CPU for each request."""
    import django

    django.setup()
    from django.http import HttpResponse
    from django.test import RequestFactory

    from api.logs import request_log
    from api.models import RequestLog

    queue = request_log.RequestLog()
    queue._background.ask = lambda: None  # type: ignore[method-assign]  # measured apart
    request_log.request_log = queue
    request_log.CAPACITY = COUNT
    request = RequestFactory().post(
        "/api/v1/evaluations?limit=0", BODY, content_type="application/json"
    )
    _ = request.body
    response = HttpResponse(status=400)
    begun = time.process_time()
    for _ in range(COUNT):
        request_log.note(request, response, id="0190d5b8-0000-7000-8000-0000000000ff", seconds=0.01)
    noted = time.process_time()
    written = queue.flush()
    done = time.process_time()
    RequestLog.objects.filter(request_id="0190d5b8-0000-7000-8000-0000000000ff").delete()
    print(f"note  {(noted - begun) / COUNT * 1e6:6.1f} µs of CPU, on the request's path")
    print(f"row   {(done - noted) / written * 1e6:6.1f} µs of CPU, in the thread")
    print(f"both  {(done - begun) / COUNT * 1e6:6.1f} µs of CPU for each logged request")


if __name__ == "__main__":
    main()
