from django.db import models

from usage.models.shard import organization_key


class SpendTouch(models.Model):
    """A note that spending changed on some local days of an organization: left by ingest, drained by billing.

    One row per batch rather than one per organization: ingest never waits for whoever reads the notes.
    """

    id = models.UUIDField(primary_key=True)
    organization = organization_key()
    first_day = models.DateField()
    last_day = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "usage_spend_touch"
