import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("teams", "0002_outbox")]

    operations = [
        migrations.AlterField(
            model_name="apikey",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("usage:write", "Send usage events"),
                        ("usage:read", "Read usage of the whole organization"),
                        ("billing:read", "Read invoices"),
                    ],
                    max_length=40,
                ),
                default=list,
                size=None,
                verbose_name="opens",
            ),
        ),
    ]
