"""Months are kept of every measure that is told of usage."""

from django.db import migrations, models

from teams.migrations import Together

MEASURES = (
    "failures",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "reasoning_output_tokens",
    "duration_ms",
)


class Migration(migrations.Migration):
    dependencies = [("usage", "0019_own_days_by_service")]

    operations = [Together([
        # What is kept holds none of this: a worker sums months up again, the one in progress at once, too.
        migrations.RunSQL(
            "UPDATE usage_period SET sums = 'none', summed_through = NULL WHERE sums <> 'none'",
            migrations.RunSQL.noop,
            elidable=True,
        ),
        *(
            migrations.AddField("usagemonthly", name, models.BigIntegerField(default=0), preserve_default=False)
            for name in MEASURES
        ),
    ])]
