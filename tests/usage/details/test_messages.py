"""What a message was made of, over the API, for whoever may see it."""

from decimal import Decimal

import pytest
from django.test import Client

from teams.enums import KeyScope
from teams.services.keys import create_api_key
from tests.teams.cast import Cast
from tests.usage.corrections.voids import void
from tests.usage.ledger_fixtures import NOON
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from tests.usage.why_cost.test_api import ask, ledger, one_factor, send
from usage.events import Composition
from usage.services.price_list import raise_price_list_version

__all__ = ["ledger", "one_factor"]
pytestmark = pytest.mark.django_db
URL = "messages/m?conversation_id=c"


def test_the_parts_and_other_are_the_input(ledger: Cast) -> None:
    parts = Composition(user_text=100, context=300, files=200, system=50, tool_results=150)
    send(
        ledger,
        composition=parts,
        reasoning_output_tokens=30,
        tool_call_tokens=20,
        duration_ms=900,
        time_to_first_token_ms=120,
    )
    send(ledger, transaction_id="untold", input_tokens=500, duration_ms=100)
    found = ask(ledger.alice, URL)
    told = [found[f"{name}_tokens"] for name in ("user_text", "context", "file", "system", "tool_result")]
    assert (told, found["other_tokens"], found["input_tokens"]) == ([100, 300, 200, 50, 150], 700, 1500)
    assert (found["output_tokens"], found["answer_tokens"], found["tool_call_tokens"]) == (200, 150, 20)
    assert (found["duration_ms"], found["time_to_first_token_ms"]) == (1000, 120)
    assert (found["models"], found["cost"]["contracted_cost"]) == (["gpt-4o"], "0.0045")
    void(ledger.acme, "untold")
    found = ask(ledger.alice, URL)
    assert (found["other_tokens"], found["input_tokens"], found["calls"]) == (200, 1000, 1)


def test_a_voided_call_is_no_longer_the_first_to_answer(ledger: Cast) -> None:
    send(ledger, transaction_id="quick", time_to_first_token_ms=40)
    send(ledger, transaction_id="slow", time_to_first_token_ms=300)
    send(ledger, transaction_id="unknown", response_model="mystery-1")
    assert ask(ledger.alice, URL)["time_to_first_token_ms"] == 40
    void(ledger.acme, "quick")
    assert ask(ledger.alice, URL)["time_to_first_token_ms"] == 300
    void(ledger.acme, "slow", "unknown")
    assert ask(ledger.alice, URL)["time_to_first_token_ms"] is None


def test_calls_of_several_models_are_one_message(ledger: Cast) -> None:
    PriceFactory(
        model=LlmModelFactory(name="gpt-mini"), input=Decimal("0.000001"), output=Decimal("0.000002")
    )
    raise_price_list_version()
    parts = Composition(user_text=100, context=300)
    send(ledger, composition=parts, duration_ms=900, time_to_first_token_ms=120, reported_cost="0.5")
    send(ledger, response_model="gpt-mini", tool_call_tokens=20, duration_ms=300, time_to_first_token_ms=80)
    send(
        ledger, response_model="gpt-mini", composition=parts, time_to_first_token_ms=90, error_type="timeout"
    )
    found = ask(ledger.alice, URL)
    tokens = ("input", "user_text", "context", "other", "tool_call")
    assert [found[f"{name}_tokens"] for name in tokens] == [3000, 200, 600, 2200, 20]
    others = ("calls", "failures", "duration_ms", "time_to_first_token_ms")
    assert [found[name] for name in others] == [3, 1, 1200, 80]
    assert found["models"] == ["gpt-4o", "gpt-mini"]
    assert (found["cost"]["reported_cost"], found["cost"]["rows"]) == ("0.5", 3)


def test_voice_is_priced_by_tokens_and_by_seconds(ledger: Cast) -> None:
    model = LlmModelFactory(name="whisper-1")
    PriceFactory(model=model, input=None, output=None, audio_second=Decimal("0.0001"))
    PriceFactory(
        model=LlmModelFactory(name="gpt-audio"),
        audio_input=Decimal("0.00004"),
        audio_output=Decimal("0.00008"),
    )
    raise_price_list_version()
    send(ledger, response_model="whisper-1", input_tokens=0, output_tokens=0, audio_seconds=20)
    send(ledger, response_model="gpt-audio", audio_input_tokens=100, audio_output_tokens=50)
    found = ask(ledger.alice, URL)
    assert (found["audio_input_tokens"], found["audio_output_tokens"], found["audio_seconds"]) == (
        100,
        50,
        20,
    )
    # At 0.9 of the list: 0.002 + 0.004 + 0.004.
    assert found["audio_cost"] == "0.009"
    kinds = {line["charge_kind"] for line in found["audio_lines"]}
    assert kinds == {"audio_input", "audio_output", "audio_second"}


def test_everyone_sees_their_part_and_the_others_nothing(ledger: Cast) -> None:
    send(ledger)
    send(ledger, member_id="")
    assert ask(ledger.alice, URL)["input_tokens"] == 2000
    for part_only in (ledger.bob, ledger.dana):
        assert ask(part_only, URL)["input_tokens"] == 1000
    ask(ledger.charlie, URL, status=404)
    ask(ledger.alice, "messages/m", status=404)


def test_more_than_the_input_is_invalid(ledger: Cast) -> None:
    key = create_api_key(organization=ledger.acme, name="app", scopes=[KeyScope.USAGE_WRITE])
    sent = {
        "transaction_id": "too-much",
        "occurred_at": NOON.isoformat(),
        "response_model": "gpt-4o",
        "input_tokens": 100,
        "composition": {"user_text": 60, "context": 41},
    }
    response = Client().post(
        "/api/v1/usage/events",
        [sent],
        content_type="application/json",
        headers={"Authorization": f"Bearer {key.secret}"},
    )
    assert response.status_code == 422
    assert "composition" in response.content.decode()
