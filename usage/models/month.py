"""What billing months add up to, as far as their days are over; made from the rollups that stand, and read by panels.

It counts only while the month's ``UsagePeriod.sums`` says so, and can be made anew at any time.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from usage.models.rollup import ChargedMeasures, GeneralMeasures, Scoped, ToolMeasures
from usage.models.shard import money_field, organization_key


class _OfMonth(models.Model):
    organization = organization_key()
    period = models.DateField()

    class Meta:
        abstract = True


class UsageMonthly(_OfMonth, GeneralMeasures):
    """A month's usage per department, model and value of one more dimension, ``kept_by``; each adds up to the whole.

    The value is ``entry_id`` where it is an entry of a directory, else ``word``; what is kept "alone" has model id 0
    whatever the model. ``last_day`` is the last day on which something is left that was not voided, if there is one.
    """

    pk = models.CompositePrimaryKey(
        "organization_id", "kept_by", "period", "department_id", "entry_id", "word", "model_id"
    )
    kept_by = models.CharField(max_length=16)
    department_id = models.BigIntegerField()
    entry_id = models.BigIntegerField()
    word = models.CharField(max_length=100)
    model_id = models.BigIntegerField()
    last_day = models.DateField(null=True)

    class Meta:
        db_table = "usage_monthly"
        indexes = [
            # For the few entries of a page, and for many months of all of them: it answers alone.
            models.Index(
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
            )
        ]


class UsageMonthHours(_OfMonth, Scoped):
    """A month's usage per hour of the week, of one model in the organization, a department or by a member.

    Parallel arrays: ``hours`` are those that have something, 0 for the first hour of Monday to 167, on the clock of the
    month's zone; the others are what each of them has.
    """

    pk = models.CompositePrimaryKey("organization_id", "scope_kind", "scope_id", "period", "model_id")
    model_id = models.BigIntegerField()
    hours = ArrayField(models.SmallIntegerField())
    calls = ArrayField(models.BigIntegerField())
    input_tokens = ArrayField(models.BigIntegerField())
    output_tokens = ArrayField(models.BigIntegerField())
    contracted_cost = ArrayField(money_field())
    unpriced = ArrayField(models.BigIntegerField())
    unpriced_tokens = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "usage_month_hours"


class UsageMonthTools(_OfMonth, ToolMeasures):
    """A month of ``ToolDaily`` per tool, department and model. Tools overlap: these add up to nothing."""

    pk = models.CompositePrimaryKey("organization_id", "period", "tool", "department_id", "model_id")
    tool = models.CharField(max_length=100)
    department_id = models.BigIntegerField()
    model_id = models.BigIntegerField()

    class Meta:
        db_table = "usage_month_tools"


class UsageMonthCharges(_OfMonth, ChargedMeasures):
    """A month of ``ChargeDaily`` per close number, department, model, price and rate."""

    pk = models.CompositePrimaryKey(
        "organization_id", "period", "close_number", "department_id", "model_id", "price_id", "rate_id"
    )
    close_number = models.IntegerField()
    department_id = models.BigIntegerField()
    model_id = models.BigIntegerField()
    price_id = models.BigIntegerField()
    rate_id = models.BigIntegerField()

    class Meta:
        db_table = "usage_month_charges"


class UsageMonthOwn(_OfMonth):
    """A month of a member's events per department, model, price and rate: what their charges are reckoned from.

    ``tool_tokens`` were the doing of tools.
    """

    pk = models.CompositePrimaryKey(
        "organization_id",
        "member_id",
        "period",
        "department_id",
        "model_id",
        "contracted_price_id",
        "rate_id",
    )
    member_id = models.BigIntegerField()
    department_id = models.BigIntegerField()
    model_id = models.BigIntegerField()
    contracted_price_id = models.BigIntegerField()
    rate_id = models.BigIntegerField()
    input_tokens = models.BigIntegerField()
    cache_read_input_tokens = models.BigIntegerField()
    cache_creation_5m_input_tokens = models.BigIntegerField()
    cache_creation_1h_input_tokens = models.BigIntegerField()
    audio_input_tokens = models.BigIntegerField()
    image_input_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    reasoning_output_tokens = models.BigIntegerField()
    audio_output_tokens = models.BigIntegerField()
    audio_seconds = models.BigIntegerField()
    web_search_calls = models.BigIntegerField()
    code_run_calls = models.BigIntegerField()
    calls = models.BigIntegerField()
    tool_tokens = models.BigIntegerField()

    class Meta:
        db_table = "usage_month_own"


class UsageMonthServices(_OfMonth, Scoped):
    """The days of a month per integration, in the organization or a department: calls, latencies, last hours.

    The latency histogram has 32 buckets, as in ``UsageHourly``.
    """

    pk = models.CompositePrimaryKey(
        "organization_id", "scope_kind", "scope_id", "period", "integration_id", "local_date"
    )
    integration_id = models.BigIntegerField()
    local_date = models.DateField()
    calls = models.BigIntegerField()
    failures = models.BigIntegerField()
    last_activity = models.DateTimeField(null=True)
    last_success = models.DateTimeField(null=True)
    latency_histogram = ArrayField(models.BigIntegerField(), size=32)

    class Meta:
        db_table = "usage_month_services"
