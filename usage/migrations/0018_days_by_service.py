"""Days of services are found by an index, which usage of none is not in; months no longer keep their first hours."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0017_departments_alone")]

    operations = [
        migrations.RemoveField(model_name="usagemonthservices", name="first_hour"),
        migrations.AddIndex(
            model_name="usagedaily",
            index=models.Index(
                fields=["organization", "integration_id", "department_id", "local_date"],
                name="usage_daily_by_service",
                condition=models.Q(integration_id__gt=0),
            ),
        ),
    ]
