"""Tables that ingest keeps summed up. What they hold is declared in ``usage.rollups``; they can be rebuilt."""

from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from teams.enums import ScopeKind
from usage.enums import ChargeKind
from usage.models.shard import money_field, organization_key


class CommonMeasures(models.Model):
    """What all sums of usage hold, months too."""

    calls = models.BigIntegerField()
    input_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    list_cost = money_field()
    contracted_cost = money_field()
    unpriced = models.BigIntegerField()
    unpriced_tokens = models.BigIntegerField()

    class Meta:
        abstract = True


class _SpendMeasures(CommonMeasures):
    failures = models.BigIntegerField()
    cache_read_input_tokens = models.BigIntegerField()

    class Meta:
        abstract = True


class GeneralMeasures(_SpendMeasures):
    """The measures of the general rollups."""

    cache_creation_input_tokens = models.BigIntegerField()
    reasoning_output_tokens = models.BigIntegerField()
    duration_ms = models.BigIntegerField()

    class Meta:
        abstract = True


class ToolMeasures(models.Model):
    """Events that used a tool, how often it ran, and what the events came to."""

    events = models.BigIntegerField()
    tool_calls = models.BigIntegerField()
    tool_tokens = models.BigIntegerField()
    input_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    contracted_cost = money_field()
    unpriced = models.BigIntegerField()

    class Meta:
        abstract = True


class Scoped(models.Model):
    """Usage of an organization, a department, a project or a member."""

    scope_kind = models.CharField(max_length=16, choices=ScopeKind.choices)
    scope_id = models.BigIntegerField()

    class Meta:
        abstract = True


def _dimension_text(length: int = 100, **options: Any) -> "models.CharField[Any, Any]":
    return models.CharField(max_length=length, **options)


class UsageHourly(GeneralMeasures):
    """Usage per local hour: patterns and the health of integrations."""

    pk = models.CompositePrimaryKey(
        "organization_id", "hour_start", "department_id", "model_id", "feature", "integration_id", "platform"
    )
    organization = organization_key()
    hour_start = models.DateTimeField()
    department_id = models.BigIntegerField()
    model_id = models.BigIntegerField()
    feature = _dimension_text()
    integration_id = models.BigIntegerField()
    platform = _dimension_text(40)
    local_date = models.DateField()
    latency_histogram = ArrayField(models.BigIntegerField(), size=32)

    class Meta:
        db_table = "usage_hourly"


class UsageDaily(GeneralMeasures):
    """Usage per local day and who, where and on what."""

    pk = models.CompositePrimaryKey(
        "organization_id",
        "local_date",
        "member_id",
        "department_id",
        "project_id",
        "model_id",
        "feature",
        "integration_id",
        "platform",
    )
    organization = organization_key()
    local_date = models.DateField()
    member_id = models.BigIntegerField()
    department_id = models.BigIntegerField()
    project_id = models.BigIntegerField()
    model_id = models.BigIntegerField()
    feature = _dimension_text()
    integration_id = models.BigIntegerField()
    platform = _dimension_text(40)

    class Meta:
        db_table = "usage_daily"
        indexes = [
            # What drove the days of services, in an organization or a department. Usage of none is not in it.
            models.Index(
                fields=["organization", "integration_id", "department_id", "local_date"],
                name="usage_daily_by_service",
                condition=models.Q(integration_id__gt=0),
            ),
            # The same of one's own.
            models.Index(
                fields=["organization", "member_id", "integration_id", "local_date"],
                name="usage_daily_services_of_member",
                condition=models.Q(integration_id__gt=0),
            ),
        ]


class ToolDaily(ToolMeasures):
    """Usage of the events that used a tool. Tools overlap: these rows never add up to a total."""

    pk = models.CompositePrimaryKey(
        "organization_id", "local_date", "tool", "department_id", "project_id", "model_id"
    )
    organization = organization_key()
    local_date = models.DateField()
    tool = _dimension_text()
    department_id = models.BigIntegerField()
    project_id = models.BigIntegerField()
    model_id = models.BigIntegerField()

    class Meta:
        db_table = "tool_daily"


class SpendDaily(Scoped, _SpendMeasures):
    """Usage per local day and scope: what budgets and overviews read. Each scope kind adds up to the total."""

    pk = models.CompositePrimaryKey(
        "organization_id", "scope_kind", "scope_id", "local_date", "model_id", "feature"
    )
    organization = organization_key()
    local_date = models.DateField()
    model_id = models.BigIntegerField()
    feature = _dimension_text()

    class Meta:
        db_table = "spend_daily"
        indexes = [
            # Models without a price, over all organizations. Priced usage is not in it and pays nothing for it.
            models.Index(
                fields=["model_id", "organization", "local_date"],
                name="spend_daily_unpriced",
                condition=models.Q(scope_kind="organization") & ~models.Q(unpriced=0),
            )
        ]


_CHARGE_KEY: Final = (
    "organization_id",
    "local_date",
    "close_number",
    "department_id",
    "project_id",
    "feature",
    "price_id",
    "rate_id",
    "model_id",
)


class _ChargeDimensions(models.Model):
    """What charges are kept by."""

    organization = organization_key()
    local_date = models.DateField()
    close_number = models.IntegerField()
    department_id = models.BigIntegerField()
    project_id = models.BigIntegerField()
    feature = _dimension_text()
    price_id = models.BigIntegerField()
    rate_id = models.BigIntegerField()
    model_id = models.BigIntegerField()

    class Meta:
        abstract = True


class ChargedMeasures(models.Model):
    """Quantity and cost of every kind of charge."""

    input_quantity = models.BigIntegerField()
    cache_read_quantity = models.BigIntegerField()
    cache_write_5m_quantity = models.BigIntegerField()
    cache_write_1h_quantity = models.BigIntegerField()
    audio_input_quantity = models.BigIntegerField()
    image_input_quantity = models.BigIntegerField()
    output_quantity = models.BigIntegerField()
    reasoning_quantity = models.BigIntegerField()
    audio_output_quantity = models.BigIntegerField()
    audio_second_quantity = models.BigIntegerField()
    web_search_quantity = models.BigIntegerField()
    code_run_quantity = models.BigIntegerField()
    call_quantity = models.BigIntegerField()
    input_cost = money_field()
    cache_read_cost = money_field()
    cache_write_5m_cost = money_field()
    cache_write_1h_cost = money_field()
    audio_input_cost = money_field()
    image_input_cost = money_field()
    output_cost = money_field()
    reasoning_cost = money_field()
    audio_output_cost = money_field()
    audio_second_cost = money_field()
    web_search_cost = money_field()
    code_run_cost = money_field()
    call_cost = money_field()

    class Meta:
        abstract = True


class ChargeDaily(_ChargeDimensions, ChargedMeasures):
    """Quantity and cost of every kind of charge per price row, as ingest adds them up; read ``ChargeByKind``."""

    pk = models.CompositePrimaryKey(*_CHARGE_KEY)

    class Meta:
        db_table = "charge_daily"


class ChargeByKind(_ChargeDimensions):
    """Quantity and cost per kind of charge and price row: what invoices and cost breakdowns read. A view."""

    pk = models.CompositePrimaryKey(*_CHARGE_KEY, "kind")
    kind = models.CharField(max_length=16, choices=ChargeKind.choices)
    quantity = models.BigIntegerField()
    contracted_cost = money_field()

    class Meta:
        managed = False
        db_table = "charge_by_kind"


class ReceiptDaily(models.Model):
    """What came in by each door on each UTC day, and what became of it."""

    pk = models.CompositePrimaryKey("organization_id", "received_on", "source", "api_key_id")
    organization = organization_key()
    received_on = models.DateField()
    source = models.CharField(max_length=16)
    api_key_id = models.BigIntegerField()
    received = models.BigIntegerField()
    stored = models.BigIntegerField()
    duplicate = models.BigIntegerField()
    conflict = models.BigIntegerField()
    quarantined = models.BigIntegerField()
    invalid = models.BigIntegerField()
    late = models.BigIntegerField()
    unattributed = models.BigIntegerField()
    # What still runs while the column is added does not write it.
    unpriced = models.BigIntegerField(db_default=0)
    last_received_at = models.DateTimeField()
    last_occurred_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "receipt_daily"
