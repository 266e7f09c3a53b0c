"""Usage objects all the way into the ledger: counted once, priced as the response says, safe to send again.

The names say what other tools have got wrong.
"""

from decimal import Decimal
from typing import Any

import pytest

from teams.models import Organization
from tests.usage.formats.responses import sent
from tests.usage.ledger_fixtures import NOON, RECEIVED, answers, open_ledger, store
from tests.usage.price_factories import LlmModelFactory, LlmProviderFactory, PriceFactory
from tests.usage.quarantine.scene import MARCH, open_march
from usage.decoding import event_of
from usage.enums import ReviewAnswer
from usage.events import Event
from usage.formats.raw_usage import plain
from usage.models import ChargeDaily, QuarantinedEvent, UsageEvent
from usage.queries.quarantine_facts import compared_facts
from usage.services.quarantine_replay import store_waiting

pytestmark = pytest.mark.django_db

MILLION = 1_000_000


def dollars(per_million: str) -> Decimal:
    return Decimal(per_million) / MILLION


@pytest.fixture
def organization() -> Organization:
    organization = open_ledger()
    LlmProviderFactory(name="anthropic", title="Anthropic")
    LlmProviderFactory(name="google", title="Google")
    claude = LlmModelFactory(provider_name="anthropic", name="claude-sonnet-4-5")
    prices = {
        "input": dollars("3"),
        "output": dollars("15"),
        "cache_read": dollars("0.3"),
        "cache_write_5m": dollars("3.75"),
        "cache_write_1h": dollars("6"),
        "web_search": Decimal("0.01"),
    }
    PriceFactory(model=claude, **prices)
    thinking = LlmModelFactory(name="gpt-5")
    PriceFactory(model=thinking, input=dollars("1.25"), cache_read=dollars("0.125"), output=dollars("10"))
    PriceFactory(
        model=thinking,
        service_tier="flex",
        input=dollars("0.625"),
        cache_read=dollars("0.0625"),
        output=dollars("5"),
    )
    gemini = LlmModelFactory(provider_name="google", name="gemini-2.5-pro")
    PriceFactory(model=gemini, input=dollars("1.25"), output=dollars("10"))
    PriceFactory(model=gemini, context_threshold=200_000, input=dollars("2.5"), output=dollars("15"))
    return organization


def stored(organization: Organization, provider_name: str, usage: Any, **fields: Any) -> UsageEvent:
    event = sent(provider_name, usage, **fields)
    assert answers(store(organization, event)) == ["stored"]
    return UsageEvent.objects.get()


def test_cached_tokens_are_not_charged_twice(organization: Organization) -> None:
    usage = {"prompt_tokens": 4000, "prompt_tokens_details": {"cached_tokens": 3000}, "completion_tokens": 0}
    row = stored(organization, "openai", usage, response_model="gpt-5")
    assert row.list_cost == 1000 * dollars("1.25") + 3000 * dollars("0.125")


def test_cached_tokens_that_the_provider_left_out_are_not_forgotten(organization: Organization) -> None:
    usage = {"input_tokens": 1000, "cache_read_input_tokens": 3000, "output_tokens": 0}
    row = stored(organization, "anthropic", usage, response_model="claude-sonnet-4-5")
    assert row.input_tokens == 4000
    assert row.list_cost == 1000 * dollars("3") + 3000 * dollars("0.3")


def test_reasoning_is_not_charged_twice(organization: Organization) -> None:
    usage = {
        "input_tokens": 0,
        "output_tokens": 500,
        "output_tokens_details": {"reasoning_tokens": 400},
    }
    assert stored(organization, "openai", usage, response_model="gpt-5").list_cost == 500 * dollars("10")


def test_thoughts_of_gemini_are_not_forgotten(organization: Organization) -> None:
    metadata = {"promptTokenCount": 0, "candidatesTokenCount": 100, "thoughtsTokenCount": 400}
    row = stored(organization, "google", metadata, response_model="gemini-2.5-pro")
    assert row.list_cost == 500 * dollars("10")


def test_cache_writes_for_an_hour_are_not_charged_as_five_minutes(organization: Organization) -> None:
    usage = {
        "input_tokens": 0,
        "cache_creation_input_tokens": 300,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
        "output_tokens": 0,
        "server_tool_use": {"web_search_requests": 2},
    }
    row = stored(organization, "anthropic", usage, response_model="claude-sonnet-4-5")
    assert row.list_cost == 100 * dollars("3.75") + 200 * dollars("6") + 2 * Decimal("0.01")


def test_a_long_prompt_is_not_split_at_the_threshold(organization: Organization) -> None:
    """The whole request is charged at the price of long prompts, output too."""
    metadata = {"promptTokenCount": 200_001, "candidatesTokenCount": 100, "toolUsePromptTokenCount": 0}
    row = stored(organization, "google", metadata, response_model="gemini-2.5-pro")
    assert row.list_cost == 200_001 * dollars("2.5") + 100 * dollars("15")


@pytest.mark.parametrize(("tier", "price"), [("flex", "0.625"), ("default", "1.25"), ("priority", None)])
def test_the_tier_and_model_of_the_response_price_it(
    organization: Organization, tier: str, price: str | None
) -> None:
    """Asked for: another model, at another tier. A tier without a price is unpriced, never at the ordinary one."""
    response = {"model": "gpt-5", "service_tier": tier, "usage": {"input_tokens": 100, "output_tokens": 0}}
    row = stored(organization, "openai", response, request_model="gpt-4o", service_tier="auto")
    assert (row.response_model, row.request_model, row.service_tier) == ("gpt-5", "gpt-4o", tier)
    assert row.list_cost == (None if price is None else 100 * dollars(price))


def test_an_unknown_model_is_unpriced_and_not_free(organization: Organization) -> None:
    row = stored(organization, "openai", {"model": "gpt-99", "usage": {"prompt_tokens": 5}})
    assert row.response_model == "gpt-99"
    assert row.list_cost is None and row.contracted_cost is None


def test_the_same_object_again_is_a_duplicate_and_another_one_a_conflict(organization: Organization) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 10}
    first = sent("openai", usage, response_model="gpt-5")
    again = sent("openai", {"completion_tokens": 10, "x": 1, "prompt_tokens": 100}, response_model="gpt-5")
    other = sent("openai", usage | {"completion_tokens": 11}, response_model="gpt-5")
    assert isinstance(first, Event)
    assert answers(store(organization, first, again, other)) == ["stored", "duplicate", "conflict"]
    assert answers(store(organization, again, other)) == ["duplicate", "conflict"]
    # What it means, sent in our own words, is other content under the same id.
    assert answers(store(organization, plain(first))) == ["conflict"]
    assert UsageEvent.objects.get().output_tokens == 10


def test_a_conflict_shows_what_the_other_object_means(organization: Organization) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 10}
    store(organization, sent("openai", usage, response_model="gpt-5"))
    store(organization, sent("openai", usage | {"completion_tokens": 11}, response_model="gpt-5"))
    found = compared_facts(QuarantinedEvent.objects.get())
    assert found is not None
    differing = {fact.field: (fact.sent, fact.standing) for fact in found.facts if fact.differs}
    assert differing == {"output_tokens": (11, 10)}


def test_what_waited_for_its_month_is_stored_as_it_was_meant_and_known_when_sent_again(
    organization: Organization,
) -> None:
    usage = {"output_tokens": 5, "input_tokens": 7, "cache_read_input_tokens": 90, "type": "x"}
    fields = {"response_model": "claude-sonnet-4-5", "occurred_at": f"{MARCH.isoformat()}T00:00:00Z"}
    event = sent("anthropic", usage, **fields)
    assert answers(store(organization, event)) == ["quarantined"]
    open_march([organization])
    entry = QuarantinedEvent.objects.get()
    assert store_waiting([entry], received_at=RECEIVED) == {entry.pk: ReviewAnswer.STORED}
    assert UsageEvent.objects.get().input_tokens == 97
    assert answers(store(organization, event)) == ["duplicate"]


@pytest.mark.parametrize(
    ("quantities", "cost", "seconds"),
    [
        # By tokens, as the provider bills it: the seconds beside them are the same audio.
        (
            {"input_tokens": 100, "audio_input_tokens": 100, "output_tokens": 10, "audio_seconds": 30},
            "700",
            0,
        ),
        ({"input_tokens": 100, "audio_input_tokens": 100, "output_tokens": 10}, "700", 0),
        # By time, where nobody counted tokens: 30 seconds at $0.006 a minute.
        ({"audio_seconds": 30}, "3000", 30),
    ],
)
def test_a_transcription_is_charged_by_tokens_or_by_time_and_never_both(
    organization: Organization, quantities: dict[str, int], cost: str, seconds: int
) -> None:
    PriceFactory(
        model=LlmModelFactory(name="gpt-4o-transcribe"),
        input=dollars("2.5"),
        audio_input=dollars("6"),
        output=dollars("10"),
        audio_second=Decimal("0.006") / 60,
    )
    found = event_of(
        {
            "transaction_id": "t",
            "occurred_at": NOON,
            "provider_name": "openai",
            "response_model": "gpt-4o-transcribe",
        }
        | quantities
    )
    assert answers(store(organization, found)) == ["stored"]
    row = UsageEvent.objects.get()
    assert row.contracted_cost == dollars(cost)
    assert row.audio_seconds == seconds
    charge = ChargeDaily.objects.get()
    assert charge.audio_second_cost + charge.audio_input_cost + charge.output_cost == dollars(cost)


def test_a_model_that_charges_audio_by_time_and_text_by_tokens_is_charged_both(
    organization: Organization,
) -> None:
    """Voxtral: the seconds are no tokens of the prompt."""
    LlmProviderFactory(name="mistral", title="Mistral")
    PriceFactory(
        model=LlmModelFactory(provider_name="mistral", name="voxtral-small"),
        input=dollars("0.1"),
        output=dollars("0.3"),
        audio_second=Decimal("0.0001"),
    )
    usage = {"prompt_tokens": 10, "completion_tokens": 100, "prompt_audio_seconds": 203}
    row = stored(organization, "mistral", usage, response_model="voxtral-small")
    assert row.list_cost == 10 * dollars("0.1") + 100 * dollars("0.3") + 203 * Decimal("0.0001")
    assert row.audio_seconds == 203
