"""The shapes of chats and messages. Money is US dollars as decimal strings, exact."""

from typing import Any, Final

from rest_framework import serializers

from usage.api.figures import MoneyField, RowSerializer
from usage.api.panels.base import AnsweredSerializer
from usage.api.panels.pages import PageSerializer
from usage.panels.chats import ChatOrder


class ConsumedSerializer(serializers.Serializer[Any]):
    """Corrections are counted against what they correct."""

    calls = serializers.IntegerField(help_text="Calls of models.")
    failures = serializers.IntegerField()
    input_tokens = serializers.IntegerField(help_text="Including cached ones.")
    cache_read_input_tokens = serializers.IntegerField(help_text="Part of the input.")
    output_tokens = serializers.IntegerField(help_text="Including reasoning.")
    reasoning_output_tokens = serializers.IntegerField(help_text="Part of the output.")
    total_tokens = serializers.IntegerField()
    contracted_cost = MoneyField(help_text="US dollars; at least this much while events are unpriced.")
    unpriced_events = serializers.IntegerField()
    duration_ms = serializers.IntegerField(help_text="Processing time of all calls, summed up.")
    elapsed_ms = serializers.IntegerField(help_text="From the first call to the last.")
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    models = serializers.ListField(
        child=serializers.CharField(), help_text="Names of the models used, the dearest first."
    )


class ChatSerializer(ConsumedSerializer):
    id = serializers.UUIDField(help_text="In the ledger.")
    conversation_id = serializers.CharField(help_text="The client's own id.")
    title = serializers.CharField(help_text="Empty where the client sent none. May be personal data.")
    messages = serializers.IntegerField()
    members = serializers.ListField(
        child=serializers.CharField(), help_text="Names of who used it, most cost first."
    )


class ChatsAnswerSerializer(AnsweredSerializer):
    is_whole = serializers.BooleanField(
        help_text="True: figures of whole chats, whoever used them. False: of the part of each chat that the asker may "
        "see and the filter lets through. Either way from the chat's beginning, not only in the days shown."
    )
    sort = serializers.ChoiceField(choices=[order.value for order in ChatOrder])
    chats = ChatSerializer(many=True)
    page = PageSerializer()


class ChatAnswerSerializer(serializers.Serializer[Any]):
    is_whole = serializers.BooleanField(help_text="False: only of what the asker may see of it.")
    currency = serializers.CharField()
    chat = ChatSerializer()
    by_model = RowSerializer(many=True, help_text="Add up to the chat exactly.")
    by_member = RowSerializer(many=True, help_text="Add up to the chat exactly.")


class MessageSerializer(ConsumedSerializer):
    id = serializers.UUIDField(help_text="In the ledger.")
    message_id = serializers.CharField(help_text="The client's own id; empty where none was sent.")
    context_tokens = serializers.IntegerField(help_text="Part of the input: the conversation so far.")
    time_to_first_token_ms = serializers.IntegerField(allow_null=True)


class MessagesAnswerSerializer(serializers.Serializer[Any]):
    conversation_id = serializers.CharField()
    currency = serializers.CharField()
    messages = MessageSerializer(many=True, help_text="In their order, the first one first.")
    page = PageSerializer()


_CONSUMED: Final = {
    "calls": 2,
    "failures": 0,
    "input_tokens": 2400,
    "cache_read_input_tokens": 800,
    "output_tokens": 300,
    "reasoning_output_tokens": 0,
    "total_tokens": 2700,
    "contracted_cost": "0.0081",
    "unpriced_events": 0,
    "duration_ms": 4200,
    "elapsed_ms": 95000,
    "first_at": "2026-11-23T09:30:00Z",
    "last_at": "2026-11-23T09:31:35Z",
    "models": ["gpt-4o"],
}
CHAT_EXAMPLE: Final = _CONSUMED | {
    "id": "0f6c5f52-2a0b-9a33-8a1b-7f6f6a1f9f10",
    "conversation_id": "conv-1729",
    "title": "Quarterly report",
    "messages": 2,
    "members": ["Bob"],
}
_DAYS: Final = {"first": "2026-11-01", "last": "2026-11-23"}
CHATS_EXAMPLE: Final = {
    "as_of": "2026-11-23T10:00:00Z",
    "time_zone": "Europe/Berlin",
    "currency": "USD",
    "is_whole_organization": True,
    "days": _DAYS,
    "is_partial": True,
    "compared": None,
    "previous": None,
    "is_whole": True,
    "sort": "cost",
    "chats": [CHAT_EXAMPLE],
    "page": {"next": "https://ledger.example/api/v1/usage/chats?cursor=Y29zdCAw", "previous": None},
}
_ROW: Final = {
    "kind": "named",
    "is_placeholder": False,
    "entries": 1,
    "measures": {
        "calls": 2,
        "input_tokens": 2400,
        "output_tokens": 300,
        "total_tokens": 2700,
        "contracted_cost": "0.0081",
        "unpriced_events": 0,
        "unpriced_tokens": 0,
    },
    "share_of_tokens": "100.0",
    "share_of_cost": "100.0",
    "change": None,
}
CHAT_ANSWER_EXAMPLE: Final = {
    "is_whole": True,
    "currency": "USD",
    "chat": CHAT_EXAMPLE,
    "by_model": [
        _ROW
        | {
            "entity": "model",
            "value": "openai/gpt-4o",
            "external_id": "gpt-4o",
            "name": "gpt-4o",
            "detail": "openai",
        }
    ],
    "by_member": [
        _ROW | {"entity": "member", "value": "bob", "external_id": "bob", "name": "Bob", "detail": ""}
    ],
}
MESSAGES_EXAMPLE: Final = {
    "conversation_id": "conv-1729",
    "currency": "USD",
    "messages": [
        _CONSUMED
        | {
            "id": "5b0e9a63-9a44-b1a8-91ff-0a2f44cf7e52",
            "message_id": "msg-1",
            "context_tokens": 1100,
            "time_to_first_token_ms": 310,
        }
    ],
    "page": {"next": None, "previous": None},
}
