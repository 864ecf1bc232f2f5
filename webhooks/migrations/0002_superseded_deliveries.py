from typing import Any

from django.db import migrations, models
from django.db.models import Exists, OuterRef


def end_replaced_schedules(apps: Any, _schema_editor: Any) -> None:
    """End the schedules of deliveries that were replayed before: they would arrive beside it."""
    deliveries = apps.get_model("webhooks", "WebhookDelivery").objects
    newer = deliveries.filter(
        event_id=OuterRef("event_id"),
        endpoint_id=OuterRef("endpoint_id"),
        replay__gt=OuterRef("replay"),
    )
    waiting = deliveries.filter(next_attempt_at__isnull=False, leased_until__isnull=True)
    waiting.filter(Exists(newer)).update(status="superseded", next_attempt_at=None)


class Migration(migrations.Migration):

    dependencies = [
        ('webhooks', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='webhookdelivery',
            name='delivery_status_known',
        ),
        migrations.RemoveIndex(
            model_name='webhookdelivery',
            name='delivery_not_arrived',
        ),
        migrations.RemoveIndex(
            model_name='webhookdelivery',
            name='delivery_in_trouble',
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='superseded_by_delivery_id',
            field=models.CharField(blank=True, db_default='', default='', help_text='The replay that took its place.', max_length=40),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='status',
            field=models.CharField(choices=[('pending', 'Pending'), ('delivered', 'Delivered'), ('failed', 'Failed'), ('abandoned', 'Abandoned'), ('superseded', 'Superseded')], default='pending', max_length=10),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('status__in', ['failed', 'abandoned', 'superseded'])), fields=['endpoint', '-created_at', '-id'], name='delivery_not_arrived'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('status__in', ['failed', 'abandoned', 'superseded'])), fields=['status', '-id'], name='delivery_in_trouble'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'delivered', 'failed', 'abandoned', 'superseded'])), name='delivery_status_known'),
        ),
        migrations.RunPython(end_replaced_schedules, migrations.RunPython.noop),
    ]
