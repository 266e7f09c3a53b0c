from django.db import models
from django.utils.translation import gettext_lazy as _

from usage.enums import Correction, EventSource
from usage.models.shard import Xid8Field, money_field, organization_key


class UsageEvent(models.Model):
    """One model call, as it was metered and priced. Append-only; partitioned by ``period``.

    ``id`` is a UUIDv7. The database key is (organization, period, id): look rows up with all three. Ids of
    member, department, project, integration and model are 0 where none was sent. Quantities and money of a
    correction are signed deltas, so sums over events need no special case.
    """

    id = models.UUIDField(primary_key=True)
    organization = organization_key()
    period = models.DateField(_("billing month"))
    close_number = models.IntegerField(_("close number"))
    transaction_id = models.CharField(_("transaction id"), max_length=200)
    source = models.CharField(_("source"), max_length=16, choices=EventSource.choices)
    api_key_id = models.BigIntegerField(_("API key"), default=0)
    corrects = models.UUIDField(_("corrects"), null=True)
    correction = models.CharField(
        _("correction"), max_length=16, choices=Correction.choices, default=Correction.NONE
    )
    occurred_at = models.DateTimeField(_("occurred"))
    sent_occurred_at = models.DateTimeField(_("occurred, as sent"), null=True)
    received_at = models.DateTimeField(_("received"))
    local_date = models.DateField(_("local day"))
    hour_start = models.DateTimeField(_("local hour"))

    member_id = models.BigIntegerField(_("member"), default=0)
    department_id = models.BigIntegerField(_("department"), default=0)
    project_id = models.BigIntegerField(_("project"), default=0)
    integration_id = models.BigIntegerField(_("integration"), default=0)
    model_id = models.BigIntegerField(_("model"), default=0)
    provider_name = models.CharField(_("provider"), max_length=100)
    request_model = models.CharField(_("requested model"), max_length=200)
    response_model = models.CharField(_("answering model"), max_length=200)
    response_id = models.CharField(_("provider's response id"), max_length=200)
    operation_name = models.CharField(_("operation"), max_length=100)
    service_tier = models.CharField(_("service tier"), max_length=40)
    feature = models.CharField(_("feature"), max_length=100)
    platform = models.CharField(_("platform"), max_length=40)
    chat_id = models.UUIDField(_("chat"), null=True)
    message_id = models.UUIDField(_("message"), null=True)
    hold_id = models.UUIDField(_("hold"), null=True)

    calls = models.IntegerField(_("calls"))
    failures = models.IntegerField(_("failures"))
    error_type = models.CharField(_("error"), max_length=100)
    duration_ms = models.BigIntegerField(_("processing time, ms"))
    time_to_first_token_ms = models.BigIntegerField(_("time to first token, ms"), null=True)
    latency_bucket = models.SmallIntegerField(_("latency bucket"))

    input_tokens = models.BigIntegerField(_("input tokens"))
    cache_read_input_tokens = models.BigIntegerField(_("cached input tokens"))
    cache_creation_5m_input_tokens = models.BigIntegerField(_("5-minute cache write tokens"))
    cache_creation_1h_input_tokens = models.BigIntegerField(_("1-hour cache write tokens"))
    audio_input_tokens = models.BigIntegerField(_("audio input tokens"))
    image_input_tokens = models.BigIntegerField(_("image input tokens"))
    output_tokens = models.BigIntegerField(_("output tokens"))
    reasoning_output_tokens = models.BigIntegerField(_("reasoning tokens"))
    audio_output_tokens = models.BigIntegerField(_("audio output tokens"))
    audio_seconds = models.BigIntegerField(_("audio seconds"))
    web_search_calls = models.BigIntegerField(_("web search calls"))
    code_run_calls = models.BigIntegerField(_("code run calls"))

    user_text_tokens = models.BigIntegerField(_("user text tokens"))
    context_tokens = models.BigIntegerField(_("conversation context tokens"))
    file_tokens = models.BigIntegerField(_("file tokens"))
    system_tokens = models.BigIntegerField(_("system prompt tokens"))
    tool_result_tokens = models.BigIntegerField(_("tool result tokens"))
    tool_call_tokens = models.BigIntegerField(_("tool call tokens"))

    list_cost = money_field(verbose_name=_("list cost"), null=True)
    contracted_cost = money_field(verbose_name=_("contracted cost"), null=True)
    reported_cost = money_field(verbose_name=_("cost reported by the client"), null=True)
    unpriced = models.SmallIntegerField(_("unpriced"))
    list_price_id = models.BigIntegerField(_("list price"), default=0)
    contracted_price_id = models.BigIntegerField(_("contracted price"), default=0)
    rate_id = models.BigIntegerField(_("contract rate"), default=0)
    tools = models.JSONField(_("tools"), null=True)
    files = models.JSONField(_("files"), null=True)
    xid = Xid8Field(editable=False)

    class Meta:
        db_table = "usage_event"
        verbose_name = _("usage event")
        verbose_name_plural = _("usage events")
        indexes = [
            models.Index(fields=["organization", "member_id", "occurred_at"], name="usage_event_by_member"),
            models.Index(
                fields=["organization", "chat_id", "occurred_at"],
                name="usage_event_by_chat",
                condition=models.Q(chat_id__isnull=False),
            ),
            # The corrections of an event. Ordinary events are not in it and pay nothing for it.
            models.Index(
                fields=["organization", "corrects"],
                name="usage_event_by_original",
                condition=models.Q(corrects__isnull=False),
            ),
            # The files that were read outside of chats; elsewhere the chats tell who reads them.
            models.Index(
                fields=["organization", "department_id", "member_id"],
                name="usage_event_loose_files",
                condition=models.Q(chat_id__isnull=True, files__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.transaction_id


class EventKey(models.Model):
    """The identity of an event: one row per (organization, transaction id), whatever month it belongs to.

    ``fingerprint`` is a versioned hash of the validated fields; it tells a repeat from a conflict.
    """

    pk = models.CompositePrimaryKey("organization_id", "transaction_id")
    organization = organization_key()
    transaction_id = models.CharField(max_length=200)
    fingerprint = models.BinaryField(max_length=20)
    event_id = models.UUIDField()
    period = models.DateField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "usage_event_key"
        verbose_name = _("event key")
        verbose_name_plural = _("event keys")
