"""A member's own days of services are found by an index, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0018_days_by_service")]

    operations = [
        migrations.AddIndex(
            model_name="usagedaily",
            index=models.Index(
                fields=["organization", "member_id", "integration_id", "local_date"],
                name="usage_daily_services_of_member",
                condition=models.Q(integration_id__gt=0),
            ),
        ),
    ]
