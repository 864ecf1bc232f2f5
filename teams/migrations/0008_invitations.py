# Invitations as rows of their own, and counts by the day.

import api.database.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0007_waiting_invitation_mails'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='accountmail',
            name='invited_by',
        ),
        migrations.CreateModel(
            name='DailyCount',
            fields=[
                ('id', api.database.fields.CuidField(max_length=25, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('what', models.CharField(max_length=120)),
                ('count', models.PositiveIntegerField(default=1)),
            ],
            options={
                'verbose_name': 'daily count',
                'constraints': [models.UniqueConstraint(fields=('day', 'what'), name='daily_count_once')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', api.database.fields.CuidField(max_length=25, primary_key=True, serialize=False)),
                ('email', models.EmailField(db_index=True, help_text='In its normal form.', max_length=254)),
                ('role', models.CharField(choices=[('Viewer', 'Viewer'), ('Editor', 'Editor'), ('Admin', 'Admin')], max_length=10)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('expires_at', models.DateTimeField()),
                ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='teams.team')),
            ],
        ),
        migrations.AddField(
            model_name='accountmail',
            name='invitation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='teams.invitation'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(fields=('team', 'email'), name='invitation_once_per_team'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['Viewer', 'Editor', 'Admin'])), name='invitation_role_known'),
        ),
    ]
