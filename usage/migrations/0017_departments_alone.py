"""Months keep what departments used alone, too."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("usage", "0016_sums_of_months_begun")]

    operations = [
        # A worker sums months up again.
        migrations.RunSQL(
            "UPDATE usage_period SET sums = 'none' WHERE sums <> 'none'", migrations.RunSQL.noop, elidable=True
        ),
    ]
