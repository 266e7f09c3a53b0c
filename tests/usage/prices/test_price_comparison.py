"""Our prices beside another table's: what is read, what is compared, what is shown."""

import json
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from tests.usage.price_factories import LlmModelFactory, LlmProviderFactory, PriceFactory, at
from usage import price_table
from usage.enums import ChargeKind
from usage.models import Price
from usage.price_table import InvalidTable, TheirPrices, installed_table, read_table
from usage.queries.price_comparison import price_comparison

NOW = at("2026-11-23T12:00")
TABLE: dict[str, dict[str, Any]] = {
    "sample_spec": {"litellm_provider": "one of many", "mode": "chat"},
    "gpt-4o": {
        "litellm_provider": "openai",
        "input_cost_per_token": 2.5e-06,
        "output_cost_per_token": 1e-05,
        "input_cost_per_token_batches": 1.25e-06,
        "input_cost_per_token_above_200k_tokens": 5e-06,
        "cache_creation_input_token_cost": 0.0,
        "search_context_cost_per_query": {"search_context_size_medium": 0.025},
    },
    "gemini/gemini-9": {"litellm_provider": "gemini", "input_cost_per_token": 1e-06},
    "whisper-1": {
        "litellm_provider": "openai",
        "mode": "audio_transcription",
        "input_cost_per_second": 0.0001,
    },
}


def written(table) -> bytes:
    return json.dumps(table).encode()


def by_place(table) -> dict[tuple[str, str, int], TheirPrices]:
    return {(p.model_name, p.service_tier, p.context_threshold): p for p in read_table(written(table))}


def test_tiers_thresholds_and_fees_are_read_exactly():
    found = by_place(TABLE)
    assert found["gpt-4o", "", 0].unit_prices == {
        ChargeKind.INPUT: Decimal("0.0000025"),
        ChargeKind.OUTPUT: Decimal("0.00001"),
        ChargeKind.CACHE_WRITE_5M: Decimal(0),
        ChargeKind.WEB_SEARCH: Decimal("0.025"),
    }
    assert found["gpt-4o", "batch", 0].unit_prices == {ChargeKind.INPUT: Decimal("0.00000125")}
    assert found["gpt-4o", "", 200_000].unit_prices == {ChargeKind.INPUT: Decimal("0.000005")}
    assert found["gemini-9", "", 0].provider_name == "gemini"
    assert found["whisper-1", "", 0].unit_prices == {ChargeKind.AUDIO_SECOND: Decimal("0.0001")}


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\xff\xfe", b"[]", b"{}", b'{"a": 1}', b'{"a": {"litellm_provider": "x"}}', b"[" * 100_000),
        written({"a": {"litellm_provider": "x", "input_cost_per_token": float("nan")}}),
    ],
)
def test_what_is_no_table_is_refused(data):
    with pytest.raises(InvalidTable):
        read_table(data)


def test_a_table_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(price_table, "MAX_BYTES", 10)
    with pytest.raises(InvalidTable, match="large"):
        read_table(written(TABLE))


@pytest.mark.parametrize("value", [-1, True, "0.1", None, 1e308, [1], 10**400])
def test_a_value_that_is_no_price_is_left_out(value):
    table = {"a": {"litellm_provider": "x", "input_cost_per_token": value, "output_cost_per_token": 1e-06}}
    found = by_place(table)
    assert set(found["a", "", 0].unit_prices) == {ChargeKind.OUTPUT}


@pytest.fixture
def ours():
    LlmProviderFactory.create()
    model = LlmModelFactory.create(name="gpt-4o", match={"starts_with": "gpt-4o"})
    PriceFactory.create(
        model=model, input=Decimal("0.0000025"), output=Decimal("0.00002"), web_search=Decimal("0.01")
    )
    return model


@pytest.mark.django_db
def test_what_both_name_is_compared_the_largest_difference_first(ours):
    found = price_comparison(read_table(written(TABLE)), at=NOW)
    assert (found.models, found.unit_prices) == (1, 4)
    shown = [(entry.kind, entry.ours, entry.theirs, entry.ratio) for entry in found.disagreements]
    assert shown == [
        (ChargeKind.WEB_SEARCH, Decimal("0.01"), Decimal("0.025"), Decimal("2.5")),
        (ChargeKind.OUTPUT, Decimal("0.00002"), Decimal("0.00001"), Decimal("0.5")),
        (ChargeKind.CACHE_WRITE_5M, Decimal("0.0000025"), Decimal(0), Decimal(0)),
    ]


@pytest.mark.django_db
def test_another_providers_price_and_one_by_the_hour_are_not_compared(ours):
    elsewhere = {"azure/gpt-4o": TABLE["gpt-4o"] | {"litellm_provider": "azure"}}
    assert price_comparison(read_table(written(elsewhere)), at=NOW).models == 0
    PriceFactory.create(model=ours, window_start=0, window_end=60)
    assert price_comparison(read_table(written(TABLE)), at=NOW).models == 0


@pytest.mark.django_db
def test_the_command_prints_each_and_changes_nothing(ours, tmp_path):
    file = tmp_path / "table.json"
    file.write_bytes(written(TABLE))
    out = StringIO()
    call_command("sync_prices", "--compare", str(file), stdout=out)
    assert "3 of them different" in out.getvalue()
    assert "$0.025" in out.getvalue()
    assert Price.objects.count() == 1
    with pytest.raises(CommandError, match="not such a price table"):
        call_command("sync_prices", "--compare", str(tmp_path / "nothing.json"))


@pytest.mark.django_db
def test_the_page_takes_a_file(client, cast, settings, ours):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.carol)
    page = reverse("admin:usage_price_compare")
    assert client.get(page).status_code == 200
    file = BytesIO(written(TABLE))
    file.name = "table.json"
    text = client.post(page, {"file": file}).content.decode()
    assert "$0.025" in text
    assert "× 2.5" in text
    bad = BytesIO(b"<html>")
    bad.name = "table.json"
    assert "not such a price table" in client.post(page, {"file": bad}).content.decode()


@pytest.mark.django_db
def test_without_the_package_the_page_asks_for_a_file(client, cast, settings, monkeypatch):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.carol)
    monkeypatch.setattr(price_table, "PACKAGE", "no_such_package")
    assert installed_table() is None
    assert "not installed here" in client.post(reverse("admin:usage_price_compare")).content.decode()


def test_the_installed_package_is_read_without_importing_it(tmp_path, monkeypatch):
    package = tmp_path / "some_prices"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / price_table.FILENAME).write_bytes(written(TABLE))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(price_table, "PACKAGE", "some_prices")
    data = installed_table()
    assert data is not None
    assert read_table(data)
