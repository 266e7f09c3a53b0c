"""The price list in the database: applied, read back, versioned, locked."""

import threading
from datetime import timedelta
from decimal import Decimal
from time import monotonic, sleep

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from teams.models import AuditEntry, Organization, User
from tests.usage.price_factories import (
    LlmModelFactory,
    LlmProviderFactory,
    PriceFactory,
    at,
    catalogue,
    listed_model,
    listed_set,
    quantities,
)
from usage.locks import LOCK_SHARED, PRICE_LIST_LOCK, period_lock
from usage.models import LlmModel, LlmProvider, Price
from usage.price_catalogue import ALWAYS, Catalogue, ListedProvider
from usage.pricing import cost, decimal_text
from usage.queries.price_list import current_version, load_price_list
from usage.services.price_list import StalePriceDiff, apply_price_sync, preview_price_sync

pytestmark = pytest.mark.django_db

LATER = at("2035-01-01T00:00")


def sync(published: Catalogue, **options):
    return apply_price_sync(diff=preview_price_sync(catalogue=published, **options), reason="a test")


def price_of(model_name: str, *, when, tokens: int = 1_000_000) -> str | None:
    prices = load_price_list()
    model_id = prices.resolve_model("openai", model_name)
    row = prices.find(model_id, 0, "", when, tokens, 0)
    charged = cost(row, quantities(input_tokens=tokens, calls=1)) if row else None
    return None if charged is None else decimal_text(charged)


def test_a_first_sync_prices_the_past_too():
    applied = sync(catalogue(listed_model(listed_set(input="2"))))
    assert applied.price_rows == 1
    assert price_of("gpt-4o", when=ALWAYS) == "2.000000000000000"
    assert current_version() == applied.version == load_price_list().version


def test_a_second_sync_of_the_same_list_changes_nothing():
    published = catalogue(
        listed_model(listed_set(input="2", cache_read="0.075"), listed_set(valid_from=LATER, input="1")),
        listed_model(name="empty"),
    )
    first = sync(published)
    rows = set(Price.objects.values_list("id", flat=True))
    diff = preview_price_sync(catalogue=published)
    assert diff.is_empty
    assert diff.unchanged == 2
    assert apply_price_sync(diff=diff).version == first.version == current_version()
    assert set(Price.objects.values_list("id", flat=True)) == rows
    assert AuditEntry.objects.filter(action="price_list.applied").count() == 1


def test_a_changed_price_is_a_new_row_and_the_old_one_stays_as_it_was():
    sync(catalogue(listed_model(listed_set(input="2"))))
    before = Price.objects.values().get()
    applied = sync(catalogue(listed_model(listed_set(input="3")), source="genai-prices 2"))
    old, new = Price.objects.order_by("id").values()
    assert old == before
    assert new["valid_from"] == applied.valid_from
    assert new["input"] == Decimal("0.000003")
    assert new["source"] == "genai-prices 2"
    assert price_of("gpt-4o", when=applied.valid_from - timedelta(microseconds=1)) == "2.000000000000000"
    assert price_of("gpt-4o", when=applied.valid_from) == "3.000000000000000"


def test_a_given_instant_and_a_date_of_the_publisher():
    sync(catalogue(listed_model(listed_set(input="2"))))
    start = at("2030-01-01T00:00")
    published = listed_model(listed_set(input="3"), listed_set(valid_from=LATER, input="4"))
    sync(catalogue(published), valid_from=start)
    assert price_of("gpt-4o", when=start - timedelta(seconds=1)) == "2.000000000000000"
    assert price_of("gpt-4o", when=start) == "3.000000000000000"
    assert price_of("gpt-4o", when=LATER) == "4.000000000000000"
    assert preview_price_sync(catalogue=catalogue(published), valid_from=start).is_empty


def test_a_removed_model_is_withdrawn_only_when_asked():
    sync(catalogue(listed_model(listed_set(input="2"))))
    sync(catalogue())
    assert price_of("gpt-4o", when=timezone.now()) is not None
    applied = sync(catalogue(), withdraw_removed=True)
    assert price_of("gpt-4o", when=applied.valid_from) is None
    assert price_of("gpt-4o", when=applied.valid_from - timedelta(seconds=1)) is not None
    assert preview_price_sync(catalogue=catalogue(), withdraw_removed=True).is_empty
    sync(catalogue(listed_model(listed_set(input="2"))))
    assert price_of("gpt-4o", when=timezone.now()) == "2.000000000000000"


def test_a_placeholder_that_gets_a_price_keeps_its_id():
    placeholder = LlmModelFactory.create(name="gpt-9", match=None, is_placeholder=True, first_seen_at=ALWAYS)
    assert load_price_list().resolve_model("openai", "gpt-9") == placeholder.id
    sync(catalogue(listed_model(listed_set(input="2"), name="gpt-9", title="GPT-9")))
    placeholder.refresh_from_db()
    assert (placeholder.is_placeholder, placeholder.title) == (False, "GPT-9")
    assert placeholder.first_seen_at == ALWAYS
    assert price_of("gpt-9", when=timezone.now()) == "2.000000000000000"


def test_providers_and_rules_follow_the_publisher():
    LlmProviderFactory.create(title="Old name")
    rule = {"starts_with": "gpt"}
    openai = ListedProvider(name="openai", title="OpenAI", aliases=("open_ai",), model_match=rule)
    published = Catalogue(
        publisher="genai-prices", source="genai-prices 1", providers=(openai,), models=(listed_model(),)
    )
    sync(published)
    assert LlmProvider.objects.get().title == "OpenAI"
    renamed = listed_model(match={"starts_with": "gpt-4o"}, title="GPT-4o", context_window=128_000)
    applied = sync(
        Catalogue(publisher="genai-prices", source="genai-prices 1", providers=(openai,), models=(renamed,))
    )
    model = LlmModel.objects.get()
    assert (model.title, model.context_window, applied.price_rows) == ("GPT-4o", 128_000, 0)
    assert load_price_list().resolve_model("", "gpt-4o-mini") == model.id


def test_the_audit_history_says_who_and_why():
    actor = User.objects.create_user("carol@example.com")
    apply_price_sync(
        diff=preview_price_sync(catalogue=catalogue(listed_model(listed_set(input="2")))),
        actor=actor,
        reason="January list",
    )
    entry = AuditEntry.objects.get(action="price_list.applied")
    assert (entry.actor, entry.reason, entry.subject) == (actor, "January list", "genai-prices 1")
    assert entry.facts["new_models"] == 1
    assert entry.facts["price_rows"] == 1


def test_a_diff_of_an_older_list_is_refused():
    diff = preview_price_sync(catalogue=catalogue(listed_model(listed_set(input="2"))))
    sync(catalogue(listed_model(listed_set(input="3"))))
    with pytest.raises(StalePriceDiff):
        apply_price_sync(diff=diff)
    assert Price.objects.count() == 1


def test_loading_takes_four_queries_however_many_prices(django_assert_num_queries):
    LlmProviderFactory.create()
    for n in range(3):
        with django_assert_num_queries(4):
            load_price_list()
        PriceFactory.create(valid_from=at(f"2026-01-0{n + 1}T00:00"))


def test_loaded_rows_carry_all_that_prices_an_event():
    organization = Organization.objects.create(name="Alice's", slug="alices")
    model = LlmModelFactory.create()
    PriceFactory.create(model=model, input=Decimal("0.000000000000001"))
    PriceFactory.create(model=model, organization=organization, context_threshold=0)
    batch = PriceFactory.create(
        model=model, service_tier="batch", context_threshold=9, context_counts_cache_reads=True
    )
    prices = load_price_list()
    now = timezone.now()
    public = prices.find(model.id, 0, "", now, 1, 0)
    own = prices.find(model.id, organization.id, "", now, 1, 0)
    in_batch = prices.find(model.id, 0, "batch", now, 10, 10)
    assert public
    assert public.unit_prices[:2] == (1, 1)
    assert own
    assert own.organization_id == organization.id
    assert in_batch
    assert in_batch.id == batch.id


def test_price_rows_are_unique_per_instant():
    price = PriceFactory.create()
    with pytest.raises(Exception, match="one_price_per_model_tier_and_instant"), transaction.atomic():
        PriceFactory.create(model=price.model)


def test_lock_keys_never_meet():
    keys = {
        period_lock(n, at(f"{year}-{month:02}-01T00:00").date())
        for n in (1, 2)
        for year in (1970, 2026, 7000)
        for month in range(1, 13)
    }
    assert len(keys) == 2 * 3 * 12
    assert min(keys) > 65_535 > PRICE_LIST_LOCK


@pytest.mark.django_db(transaction=True)
def test_prices_change_only_after_open_ingest_has_ended():
    """Edge case 20b: ingest holds the lock shared, so nothing is priced by an old list after a change."""
    diff = preview_price_sync(catalogue=catalogue(listed_model(listed_set(input="2"))))
    done = threading.Event()

    def apply() -> None:
        try:
            apply_price_sync(diff=diff)
            done.set()
        finally:
            connections["default"].close()

    worker = threading.Thread(target=apply)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK_SHARED, [PRICE_LIST_LOCK])
        worker.start()
        _wait_until(lambda: _waiting(cursor))
        assert not done.is_set()
        assert not Price.objects.exists()
    worker.join(timeout=20)
    assert done.is_set()
    assert Price.objects.count() == 1


def _waiting(cursor) -> bool:
    cursor.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = %s",
        [PRICE_LIST_LOCK],
    )
    return cursor.fetchone()[0] == 1


def _wait_until(condition, *, seconds: float = 20) -> None:
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "waited too long"
        sleep(0.01)
