"""Invitations of before made members at once; their mails that still wait become sign-up mails.

These have the link that leads to a password, or to signing in.
"""

from django.db import migrations


def make_sign_up_mails(apps, schema_editor):
    mails = apps.get_model("teams", "AccountMail").objects
    for mail in mails.filter(kind="invitation").select_related("user").order_by("pk"):
        address = mail.user.email
        if mails.filter(kind="sign_up", to=address).exists():
            mail.delete()
        else:
            mails.filter(pk=mail.pk).update(kind="sign_up", to=address, team=None, invited_by=None)


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0006_mails_to_addresses'),
    ]

    operations = [
        migrations.RunPython(make_sign_up_mails, migrations.RunPython.noop),
    ]
