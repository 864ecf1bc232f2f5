# Wide enough for the id of a row and that of a person.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('api', '0002_request_log'),
    ]

    operations = [
        migrations.AlterField(
            model_name='deletedrow',
            name='id',
            field=models.CharField(max_length=60, primary_key=True, serialize=False),
        ),
    ]
