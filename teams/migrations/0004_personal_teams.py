"""Mark the team that came with each account: the first one that its person owns."""

from django.db import migrations, models


def mark_personal_teams(apps, schema_editor):
    """Accounts made by `register_user` have a team of this name, older than all their others."""
    teams = apps.get_model("teams", "Team").objects
    marked = set()
    for team in teams.order_by("created_at", "pk").only("owner_id", "name").iterator():
        if team.owner_id not in marked and team.name.endswith("'s team"):
            teams.filter(pk=team.pk).update(is_personal=True)
            marked.add(team.owner_id)


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0003_people'),
    ]

    operations = [
        migrations.RunPython(mark_personal_teams, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.UniqueConstraint(condition=models.Q(('is_personal', True)), fields=('owner',), name='team_personal_once_per_person'),
        ),
    ]
