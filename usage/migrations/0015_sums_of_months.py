"""What months that are over add up to; a worker makes it of the days that stand, and long ranges are read from it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from teams.migrations import Together

ORGANIZATION = {
    "db_constraint": False,
    "db_index": False,
    "on_delete": django.db.models.deletion.DO_NOTHING,
    "related_name": "+",
    "to": "teams.organization",
    "verbose_name": "organization",
}


def money() -> "models.DecimalField[object, object]":
    return models.DecimalField(decimal_places=15, max_digits=38)


def counts() -> "django.contrib.postgres.fields.ArrayField[object, object]":
    return django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)


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
SCOPE_KINDS = [
    ("organization", "Organization"),
    ("department", "Department"),
    ("project", "Project"),
    ("member", "Member"),
]


def key(*names: str) -> "tuple[str, models.CompositePrimaryKey]":
    return (
        "pk",
        models.CompositePrimaryKey(
            "organization_id", *names, blank=True, editable=False, primary_key=True, serialize=False
        ),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0004_fiscal_year_start"),
        ("usage", "0014_chats_by_user"),
    ]

    operations = [Together([
        migrations.AddField(
            model_name="usageperiod",
            name="sums",
            field=models.CharField(
                choices=[("none", "None"), ("begun", "Begun"), ("kept", "Kept")],
                db_default="none",
                default="none",
                editable=False,
                max_length=8,
                verbose_name="sums of the month",
            ),
        ),
        migrations.CreateModel(
            name="UsageMonthHours",
            fields=[
                key("scope_kind", "scope_id", "period", "model_id"),
                (
                    "scope_kind",
                    models.CharField(
                        choices=SCOPE_KINDS,
                        max_length=16,
                    ),
                ),
                ("scope_id", models.BigIntegerField()),
                ("period", models.DateField()),
                ("model_id", models.BigIntegerField()),
                (
                    "hours",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), size=None
                    ),
                ),
                ("calls", counts()),
                ("input_tokens", counts()),
                ("output_tokens", counts()),
                (
                    "contracted_cost",
                    django.contrib.postgres.fields.ArrayField(base_field=money(), size=None),
                ),
                ("unpriced", counts()),
                ("unpriced_tokens", counts()),
                ("organization", models.ForeignKey(**ORGANIZATION)),
            ],
            options={"db_table": "usage_month_hours"},
        ),
        migrations.CreateModel(
            name="UsageMonthly",
            fields=[
                key("kept_by", "period", "department_id", "entry_id", "word", "model_id"),
                ("kept_by", models.CharField(max_length=16)),
                ("period", models.DateField()),
                ("department_id", models.BigIntegerField()),
                ("entry_id", models.BigIntegerField()),
                ("word", models.CharField(max_length=100)),
                ("model_id", models.BigIntegerField()),
                ("calls", models.BigIntegerField()),
                ("input_tokens", models.BigIntegerField()),
                ("output_tokens", models.BigIntegerField()),
                ("contracted_cost", money()),
                ("unpriced", models.BigIntegerField()),
                ("unpriced_tokens", models.BigIntegerField()),
                ("list_cost", money()),
                ("last_day", models.DateField(null=True)),
                ("organization", models.ForeignKey(**ORGANIZATION)),
            ],
            options={"db_table": "usage_monthly"},
        ),
        migrations.CreateModel(
            name="UsageMonthTools",
            fields=[
                key("period", "tool", "department_id", "model_id"),
                ("period", models.DateField()),
                ("tool", models.CharField(max_length=100)),
                ("department_id", models.BigIntegerField()),
                ("model_id", models.BigIntegerField()),
                ("events", models.BigIntegerField()),
                ("tool_calls", models.BigIntegerField()),
                ("tool_tokens", models.BigIntegerField()),
                ("input_tokens", models.BigIntegerField()),
                ("output_tokens", models.BigIntegerField()),
                ("contracted_cost", money()),
                ("unpriced", models.BigIntegerField()),
                ("organization", models.ForeignKey(**ORGANIZATION)),
            ],
            options={"db_table": "usage_month_tools"},
        ),
        migrations.CreateModel(
            name="UsageMonthCharges",
            fields=[
                *((f"{kind}_quantity", models.BigIntegerField()) for kind in KINDS),
                *((f"{kind}_cost", money()) for kind in KINDS),
                key("period", "department_id", "model_id", "price_id", "rate_id"),
                ("period", models.DateField()),
                ("department_id", models.BigIntegerField()),
                ("model_id", models.BigIntegerField()),
                ("price_id", models.BigIntegerField()),
                ("rate_id", models.BigIntegerField()),
                ("organization", models.ForeignKey(**ORGANIZATION)),
            ],
            options={"db_table": "usage_month_charges"},
        ),
        migrations.CreateModel(
            name="UsageMonthOwn",
            fields=[
                key("member_id", "period", "department_id", "model_id", "contracted_price_id", "rate_id"),
                ("member_id", models.BigIntegerField()),
                ("period", models.DateField()),
                ("department_id", models.BigIntegerField()),
                ("model_id", models.BigIntegerField()),
                ("contracted_price_id", models.BigIntegerField()),
                ("rate_id", models.BigIntegerField()),
                ("input_tokens", models.BigIntegerField()),
                ("cache_read_input_tokens", models.BigIntegerField()),
                ("cache_creation_5m_input_tokens", models.BigIntegerField()),
                ("cache_creation_1h_input_tokens", models.BigIntegerField()),
                ("audio_input_tokens", models.BigIntegerField()),
                ("image_input_tokens", models.BigIntegerField()),
                ("output_tokens", models.BigIntegerField()),
                ("reasoning_output_tokens", models.BigIntegerField()),
                ("audio_output_tokens", models.BigIntegerField()),
                ("audio_seconds", models.BigIntegerField()),
                ("web_search_calls", models.BigIntegerField()),
                ("code_run_calls", models.BigIntegerField()),
                ("calls", models.BigIntegerField()),
                ("tool_tokens", models.BigIntegerField()),
                ("organization", models.ForeignKey(**ORGANIZATION)),
            ],
            options={"db_table": "usage_month_own"},
        ),
        migrations.CreateModel(
            name="UsageMonthServices",
            fields=[
                key("scope_kind", "scope_id", "period", "integration_id", "local_date"),
                ("scope_kind", models.CharField(choices=SCOPE_KINDS, max_length=16)),
                ("scope_id", models.BigIntegerField()),
                ("period", models.DateField()),
                ("integration_id", models.BigIntegerField()),
                ("local_date", models.DateField()),
                ("calls", models.BigIntegerField()),
                ("failures", models.BigIntegerField()),
                ("first_hour", models.DateTimeField()),
                ("last_activity", models.DateTimeField(null=True)),
                ("last_success", models.DateTimeField(null=True)),
                (
                    "latency_histogram",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=32),
                ),
                ("organization", models.ForeignKey(**ORGANIZATION)),
            ],
            options={"db_table": "usage_month_services"},
        ),
    ])]
