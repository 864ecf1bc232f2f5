"""Guests, drafts of ratings, and what of a study a rater was shown.

No row has a `public_rater_id` yet: nobody could rate as a guest. So the column is made anew as a key.
"""

import api.database.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('autousers', '0003_rubric_revised_at'),
        ('evaluations', '0003_built_in_dimensions'),
        ('ratings', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RatingDraft',
            fields=[
                ('id', api.database.fields.CuidField(max_length=25, primary_key=True, serialize=False)),
                ('rater', models.CharField(max_length=100)),
                ('answers', models.JSONField(default=dict)),
                ('updated_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'draft of a rating',
                'verbose_name_plural': 'drafts of ratings',
            },
        ),
        # It names the column; PostgreSQL would drop it without a word, and SQLite refuses.
        migrations.RemoveConstraint(
            model_name='rating',
            name='rating_by_a_person_or_an_autouser',
        ),
        migrations.RemoveField(
            model_name='rating',
            name='public_rater_id',
        ),
        migrations.AddField(
            model_name='rating',
            name='presentation',
            field=models.JSONField(blank=True, help_text='The place and the sides in which the rater saw it.', null=True),
        ),
        migrations.CreateModel(
            name='FrameAnswer',
            fields=[
                ('digest', models.CharField(help_text='sha256 of the address.', max_length=64, primary_key=True, serialize=False)),
                ('framing', models.CharField(choices=[('allowed', 'allowed'), ('forbidden', 'forbidden'), ('unreachable', 'unreachable')], max_length=11)),
                ('asked_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'answer about frames',
                'verbose_name_plural': 'answers about frames',
                'constraints': [models.CheckConstraint(condition=models.Q(('framing__in', ['allowed', 'forbidden', 'unreachable'])), name='frame_answer_known')],
            },
        ),
        migrations.CreateModel(
            name='Guest',
            fields=[
                ('id', api.database.fields.CuidField(max_length=25, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('email', models.EmailField(blank=True, help_text='As typed; nobody checked it.', max_length=254, verbose_name='unverified e-mail')),
                ('created_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False)),
                ('evaluation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='guests', to='evaluations.evaluation')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.AddField(
            model_name='rating',
            name='public_rater',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='ratings', to='ratings.guest'),
        ),
        migrations.AddConstraint(
            model_name='rating',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('autouser__isnull', False), ('autouser_run__isnull', False), ('public_rater__isnull', True), ('rater_type', 'autouser'), ('user__isnull', True)), models.Q(('autouser__isnull', True), ('autouser_run__isnull', True), ('rater_type', 'human')), _connector='OR'), name='rating_by_a_person_or_an_autouser'),
        ),
        migrations.AddConstraint(
            model_name='rating',
            constraint=models.CheckConstraint(condition=models.Q(('user__isnull', True), ('public_rater__isnull', True), _connector='OR'), name='rating_by_a_member_or_a_guest'),
        ),
        migrations.AddField(
            model_name='ratingdraft',
            name='comparison',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='evaluations.comparison'),
        ),
        migrations.AddConstraint(
            model_name='ratingdraft',
            constraint=models.UniqueConstraint(fields=('comparison', 'rater'), name='draft_once_per_rater'),
        ),
    ]
