"""Months are summed up as far as they have come; those that were summed up before, whole."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0015_sums_of_months")]

    operations = [
        migrations.AddField(
            model_name="usageperiod",
            name="summed_through",
            field=models.DateField(editable=False, null=True, verbose_name="last day summed up"),
        ),
        migrations.AddField(
            model_name="usageperiod",
            name="sums_begun_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="last summed up"),
        ),
        # A worker does it again, and says through which day.
        migrations.RunSQL(
            "UPDATE usage_period SET sums = 'none' WHERE sums <> 'none'", migrations.RunSQL.noop, elidable=True
        ),
    ]
