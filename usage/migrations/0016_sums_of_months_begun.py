"""Months are summed up as far as they have come, and their charges by close number, too."""

import django.db.models.deletion
from django.db import migrations, models

from teams.migrations import Together

KINDS = (
    "input",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "audio_input",
    "image_input",
    "output",
    "reasoning",
    "audio_output",
    "audio_second",
    "web_search",
    "code_run",
    "call",
)


class Migration(migrations.Migration):
    dependencies = [("usage", "0015_sums_of_months")]

    operations = [Together([
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
        migrations.DeleteModel(name="UsageMonthCharges"),
        migrations.CreateModel(
            name="UsageMonthCharges",
            fields=[
                *((f"{kind}_quantity", models.BigIntegerField()) for kind in KINDS),
                *(
                    (f"{kind}_cost", models.DecimalField(decimal_places=15, max_digits=38))
                    for kind in KINDS
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "period",
                        "close_number",
                        "department_id",
                        "model_id",
                        "price_id",
                        "rate_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("period", models.DateField()),
                ("close_number", models.IntegerField()),
                ("department_id", models.BigIntegerField()),
                ("model_id", models.BigIntegerField()),
                ("price_id", models.BigIntegerField()),
                ("rate_id", models.BigIntegerField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="teams.organization",
                        verbose_name="organization",
                    ),
                ),
            ],
            options={"db_table": "usage_month_charges"},
        ),
        migrations.AddIndex(
            model_name="usagemonthly",
            index=models.Index(
                fields=["organization", "kept_by", "entry_id", "period"],
                include=[
                    "department_id",
                    "model_id",
                    "calls",
                    "input_tokens",
                    "output_tokens",
                    "contracted_cost",
                    "unpriced",
                    "unpriced_tokens",
                    "last_day",
                ],
                name="usage_monthly_by_entry",
            ),
        ),
        # A worker sums months up again, and says through which day.
        migrations.RunSQL(
            "UPDATE usage_period SET sums = 'none' WHERE sums <> 'none'", migrations.RunSQL.noop, elidable=True
        ),
    ])]
