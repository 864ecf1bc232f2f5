"""The writer of django-webhook's side: saves studies at a steady pace.

    python -m benchmarks.engine.baselines.django_webhook_site.writer seed ENDPOINTS URL
    … steady COUNT PER_SECOND

The content of a study is read from BENCH_PAYLOAD, a file with one of our events.
"""

import json
import os
import sys
import time
from pathlib import Path

import benchmarks.django  # noqa: F401 - sets up Django, for what follows

# isort: split
from django_webhook.models import Webhook, WebhookSecret, WebhookTopic

from benchmarks.engine.baselines.django_webhook_site.models import COMMITTED, Study

TOPIC = "django_webhook_site.Study/update"


def seed(endpoints: int, url: str) -> None:
    """Webhooks for changes of a study, each with a secret."""
    topic, _ = WebhookTopic.objects.get_or_create(name=TOPIC)
    for number in range(endpoints):
        webhook = Webhook.objects.create(url=url.format(n=number))
        webhook.topics.add(topic)
        WebhookSecret.objects.create(webhook=webhook, token="x" * 38)
    content = json.loads(Path(os.environ["BENCH_PAYLOAD"]).read_text())["data"]["object"]
    Study.objects.create(name="mark-0", content=content)


def steady(count: int, per_second: float) -> list[tuple[int, float]]:
    """Save at a pace; when each save was committed, by its mark."""
    study = Study.objects.get()
    done = []
    begun = time.monotonic()
    for number in range(count):
        if per_second:
            time.sleep(max(0.0, begun + number / per_second - time.monotonic()))
        study.name = f"mark-{number}"
        study.save()
        done.append((number, COMMITTED[-1]))
    return done


if __name__ == "__main__":
    if sys.argv[1] == "seed":
        seed(int(sys.argv[2]), sys.argv[3])
    else:
        print(json.dumps(steady(int(sys.argv[2]), float(sys.argv[3]))))
