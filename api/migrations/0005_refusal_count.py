import api.database.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('api', '0004_encryption_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='RefusalCount',
            fields=[
                ('id', api.database.fields.CuidField(max_length=25, primary_key=True, serialize=False)),
                ('hour', models.DateTimeField(help_text='When the hour began.')),
                ('route', models.CharField(blank=True, help_text='Empty where none matched.', max_length=100)),
                ('status', models.PositiveSmallIntegerField()),
                ('code', models.CharField(blank=True, max_length=64)),
                ('network', models.CharField(blank=True, help_text='Empty: further networks, counted together.', max_length=45)),
                ('times', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'count of refusals',
                'verbose_name_plural': 'counts of refusals',
                'constraints': [models.UniqueConstraint(fields=('hour', 'route', 'status', 'code', 'network'), name='refusals_counted_once')],
            },
        ),
    ]
