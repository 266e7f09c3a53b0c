from datetime import timedelta
from typing import Final

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _

from usage.models.shard import Xid8Field, money_field, organization_key

_LONG: Final = GreaterThan(models.F("last_at") - models.F("first_at"), timedelta(days=2))


class _Consumption(models.Model):
    """Measures that chats and messages both sum up from their events."""

    calls = models.BigIntegerField(_("calls"))
    failures = models.BigIntegerField(_("failures"))
    duration_ms = models.BigIntegerField(_("processing time, ms"))
    input_tokens = models.BigIntegerField(_("input tokens"))
    cache_read_input_tokens = models.BigIntegerField(_("cached input tokens"))
    cache_creation_input_tokens = models.BigIntegerField(_("cache write tokens"))
    output_tokens = models.BigIntegerField(_("output tokens"))
    reasoning_output_tokens = models.BigIntegerField(_("reasoning tokens"))
    list_cost = money_field(verbose_name=_("list cost"))
    contracted_cost = money_field(verbose_name=_("contracted cost"))
    unpriced = models.BigIntegerField(_("unpriced events"))
    first_at = models.DateTimeField(_("first event"))
    last_at = models.DateTimeField(_("last event"))

    class Meta:
        abstract = True


_QUIET: Final = models.Q(is_quiet=True)
# Each week has its chats in the order of their cost: the dearest of any days are among the dearest of their weeks.
_WEEK: Final = models.Func(
    "last_at", template="date_bin('7 days', %(expressions)s, '2001-01-01 00:00:00+00')"
)
# What a search looks through. No word that is searched for has a line feed, so none is found across the two.
_WORDS: Final = models.Func("title", "external_id", template="(%(expressions)s)", arg_joiner=" || E'\\n' || ")


class Chat(_Consumption):
    """A conversation. ``id`` is derived from the organization and the client's conversation id.

    ``member_id`` is that of the first event. Several members or departments make a chat ``is_shared``; otherwise all
    of its events are of that member and of ``department_id``, which is 0 for none, and for chats that are shared.
    ``model_id`` is the model of all its calls, 0 for none and for several.
    ``is_quiet`` says that nothing was added for some time. It is a hint for indexes, of which ingest would have to
    move each chat with each batch; whether a chat is quiet changes no answer.
    """

    id = models.UUIDField(primary_key=True)
    organization = organization_key()
    external_id = models.CharField(_("conversation id"), max_length=200)
    title = models.CharField(_("title"), max_length=200, blank=True)
    member_id = models.BigIntegerField(_("member"), default=0)
    department_id = models.BigIntegerField(_("department"), default=0)
    model_id = models.BigIntegerField(_("model"), default=0)
    is_shared = models.BooleanField(_("shared"), default=False)
    is_quiet = models.BooleanField(_("quiet"), default=False)
    messages = models.BigIntegerField(_("messages"))

    class Meta:
        db_table = "usage_chat"
        verbose_name = _("chat")
        verbose_name_plural = _("chats")
        indexes = [
            # The one that ingest keeps.
            models.Index(
                fields=["organization", "last_at", "first_at"],
                name="usage_chat_lively",
                condition=models.Q(is_quiet=False),
            ),
            models.Index(
                fields=["organization", "last_at", "first_at"], name="usage_chat_by_last", condition=_QUIET
            ),
            models.Index(
                "organization", _WEEK, "contracted_cost", "id", name="usage_chat_by_cost", condition=_QUIET
            ),
            models.Index(
                "organization",
                _WEEK,
                models.F("input_tokens") + models.F("output_tokens"),
                "id",
                name="usage_chat_by_tokens",
                condition=_QUIET,
            ),
            models.Index(
                fields=["organization", "department_id", "last_at", "first_at"],
                include=[
                    "id",
                    "member_id",
                    "calls",
                    "contracted_cost",
                    "input_tokens",
                    "output_tokens",
                    "unpriced",
                ],
                name="usage_chat_by_department",
                condition=_QUIET & models.Q(is_shared=False),
            ),
            # Each week's in the same orders, of each department.
            models.Index(
                "organization",
                "department_id",
                _WEEK,
                "contracted_cost",
                "id",
                name="usage_chat_department_cost",
                condition=_QUIET & models.Q(is_shared=False),
            ),
            models.Index(
                "organization",
                "department_id",
                _WEEK,
                models.F("input_tokens") + models.F("output_tokens"),
                "id",
                name="usage_chat_department_tokens",
                condition=_QUIET & models.Q(is_shared=False),
            ),
            models.Index(
                fields=["organization", "member_id", "last_at"],
                include=["first_at", "calls"],
                name="usage_chat_by_member",
                condition=_QUIET,
            ),
            models.Index(
                fields=["organization", "last_at", "first_at"],
                name="usage_chat_long",
                condition=_QUIET & models.Q(_LONG),
            ),
            models.Index(
                fields=["organization", "last_at", "first_at"],
                name="usage_chat_shared",
                condition=_QUIET & models.Q(is_shared=True),
            ),
            # Marking chats pays for it, not ingest; what waited for the index would be read through by each search.
            GinIndex(
                "organization",
                OpClass(_WORDS, name="gin_trgm_ops"),
                name="usage_chat_by_words",
                condition=_QUIET,
                fastupdate=False,
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.external_id


class Message(_Consumption):
    """A message of a chat and what answering it took; one message may have several events.

    Partitioned by ``period`` like the events: a message whose events lie in two months has a row in each,
    and their sums are the message's.
    """

    id = models.UUIDField(primary_key=True)
    organization = organization_key()
    period = models.DateField(_("billing month"))
    external_id = models.CharField(_("message id"), max_length=200)
    chat_id = models.UUIDField(_("chat"), null=True)
    member_id = models.BigIntegerField(_("member"), default=0)
    events = models.BigIntegerField(_("events"))
    time_to_first_token_ms = models.BigIntegerField(_("time to first token, ms"), null=True)
    audio_input_tokens = models.BigIntegerField(_("audio input tokens"))
    audio_output_tokens = models.BigIntegerField(_("audio output tokens"))
    audio_seconds = models.BigIntegerField(_("audio seconds"))
    user_text_tokens = models.BigIntegerField(_("user text tokens"))
    context_tokens = models.BigIntegerField(_("conversation context tokens"))
    file_tokens = models.BigIntegerField(_("file tokens"))
    system_tokens = models.BigIntegerField(_("system prompt tokens"))
    tool_result_tokens = models.BigIntegerField(_("tool result tokens"))
    tool_call_tokens = models.BigIntegerField(_("tool call tokens"))
    xid = Xid8Field(editable=False)

    class Meta:
        db_table = "usage_message"
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [models.Index(fields=["organization", "chat_id"], name="usage_message_by_chat")]

    def __str__(self) -> str:
        return self.external_id
