"""Usage as a plain table with foreign keys: no keys apart, no messages, no rollups, a price per model."""

from django.db import models


class Member(models.Model):
    objects: models.Manager["Member"]

    external_id = models.CharField(max_length=200, unique=True)


class Project(models.Model):
    objects: models.Manager["Project"]

    external_id = models.CharField(max_length=200, unique=True)


class LlmModel(models.Model):
    objects: models.Manager["LlmModel"]

    name = models.CharField(max_length=200, unique=True)
    input_price = models.DecimalField(max_digits=20, decimal_places=12)
    output_price = models.DecimalField(max_digits=20, decimal_places=12)


class UsageRecord(models.Model):
    """One model call. The serializer is made from this model and nothing else."""

    objects: models.Manager["UsageRecord"]

    transaction_id = models.CharField(max_length=200, unique=True)
    occurred_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    member = models.ForeignKey(Member, on_delete=models.PROTECT)
    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT)
    model = models.ForeignKey(LlmModel, on_delete=models.PROTECT)
    conversation_id = models.CharField(max_length=200, blank=True, db_index=True)
    message_id = models.CharField(max_length=200, blank=True)
    response_id = models.CharField(max_length=200, blank=True)
    operation_name = models.CharField(max_length=100, blank=True)
    feature = models.CharField(max_length=100, blank=True)
    platform = models.CharField(max_length=40, blank=True)
    error_type = models.CharField(max_length=100, blank=True)
    duration_ms = models.PositiveBigIntegerField()
    time_to_first_token_ms = models.PositiveBigIntegerField(null=True)
    input_tokens = models.PositiveBigIntegerField()
    cache_read_input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField()
    reasoning_output_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=30, decimal_places=12, editable=False)
    composition = models.JSONField(default=dict)
    tools = models.JSONField(default=list, blank=True)
