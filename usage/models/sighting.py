from django.contrib.postgres.fields import ArrayField
from django.db import models

from usage.models.shard import money_field, organization_key


class DoubleSighting(models.Model):
    """One model call that was reported through two doors: it stands in the ledger, and counts, more than once.

    Found by a sweep after the fact and derived from the events alone, so it can be found again at any time.
    ``event_ids`` and ``periods`` are parallel: where its events stand, those that were voided since among them.
    The doubled measures are those of the standing events that came by other doors than the first one's.
    """

    pk = models.CompositePrimaryKey("organization_id", "provider_name", "response_id")
    organization = organization_key()
    provider_name = models.CharField(max_length=100)
    response_id = models.CharField(max_length=200)
    event_ids = ArrayField(models.UUIDField())
    periods = ArrayField(models.DateField())
    times = models.IntegerField()
    first_received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    member_id = models.BigIntegerField()
    local_date = models.DateField()
    doubled_tokens = models.BigIntegerField()
    doubled_cost = money_field()
    doubled_unpriced = models.IntegerField()

    class Meta:
        db_table = "usage_double_sighting"
        indexes = [models.Index(fields=["organization", "-last_received_at"], name="sighting_by_receipt")]


class SightingSweep(models.Model):
    """How far an organization's events were looked through for calls that came twice."""

    organization = models.OneToOneField(
        "teams.Organization",
        primary_key=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    swept_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "usage_sighting_sweep"
