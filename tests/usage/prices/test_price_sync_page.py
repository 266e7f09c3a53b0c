"""Finance staff go through the difference of the installed package and approve all or some of it."""

import json
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from teams.models import AuditEntry, User
from tests.usage.price_factories import at, catalogue, listed_model, listed_set
from usage.models import LlmModel, Price
from usage.queries.price_list import current_version
from usage.services import price_list
from usage.services.price_list import (
    PastPriceChange,
    StalePriceDiff,
    apply_price_sync,
    approve_price_sync,
    preview_price_sync,
)

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:usage_price_sync")
GPT = ("openai", "gpt-4o", "")
ADA = ("openai", "ada", "")
NEW = ("openai", "gpt-9", "")


@pytest.fixture
def staff(client, cast, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(cast.carol)
    return client


@pytest.fixture
def publish(monkeypatch):
    """Makes the installed package say what the test wants."""

    def published(*models, source="genai-prices 1"):
        monkeypatch.setattr(price_list, "load_catalogue", lambda: catalogue(*models, source=source))

    return published


@pytest.fixture
def changes(publish):
    """A price that rises a little, one that rises tenfold, a new model, one no longer listed."""
    publish(
        *(listed_model(listed_set(input="2"), name=name) for name in ("gpt-4o", "ada", "gone")),
    )
    apply_price_sync(diff=preview_price_sync())
    publish(
        listed_model(listed_set(input="2.5"), name="gpt-4o"),
        listed_model(listed_set(input="20"), name="ada"),
        listed_model(listed_set(input="1"), name="gpt-9"),
        source="genai-prices 2",
    )


def approve(client, *keys, **fields):
    shown = client.get(PAGE, {k: v for k, v in fields.items() if k in ("valid_from", "text")})
    sent = {"seen": shown.context["seen"], "act": "ticked", "reason": "The list of the autumn"}
    return client.post(PAGE, sent | {"chosen": [json.dumps(key) for key in keys]} | fields)


def input_prices(name: str) -> list[Any]:
    found = Price.objects.filter(model__name=name).order_by("valid_from")
    return [None if price is None else price * 1_000_000 for price in found.values_list("input", flat=True)]


def test_the_page_shows_each_price_before_and_after(staff, changes):
    page = staff.get(PAGE)
    text = page.content.decode()
    assert dict(page.context["counts"])["Changed"] == "2"
    assert "$2.00 → $2.50" in text
    assert "× 1.25" in text
    assert "$2.00 → $20.00" in text
    assert "per million tokens" in text
    assert "No longer listed: loses its price" in text
    assert [row["model"] for row in page.context["rows"] if row["is_marked"]] == ["ada", "gone"]
    assert Price.objects.count() == 3


@pytest.mark.parametrize(
    ("asked", "models"),
    [
        ({"state": "new"}, ["gpt-9"]),
        ({"state": "changed"}, ["ada", "gpt-4o"]),
        ({"state": "marked"}, ["ada", "gone"]),
        ({"state": "removed"}, ["gone"]),
        ({"text": "GPT-4"}, ["gpt-4o"]),
        ({"provider": "mistral"}, []),
    ],
)
def test_filters(staff, changes, asked, models):
    assert [row["model"] for row in staff.get(PAGE, asked).context["rows"]] == models


def test_only_what_was_ticked_is_approved_and_what_stood_stays(staff, changes):
    before = list(Price.objects.order_by("id").values())
    response = approve(staff, GPT)
    assert response.status_code == 302
    assert input_prices("gpt-4o") == [2, Decimal("2.5")]
    assert input_prices("ada") == [2]
    assert not LlmModel.objects.filter(name="gpt-9").exists()
    assert list(Price.objects.order_by("id").values())[: len(before)] == before
    result = staff.get(response["Location"]).content.decode()
    assert "genai-prices 2" in result
    assert "The list of the autumn" in result
    entry = AuditEntry.objects.filter(action="price_list.applied").latest("pk")
    assert (entry.actor.email, entry.reason) == ("carol@example.com", "The list of the autumn")
    assert entry.facts["changed_models"] == ["openai / gpt-4o"]


def test_all_leaves_out_what_is_marked_unless_it_is_ticked(staff, changes):
    approve(staff, act="all")
    assert (input_prices("gpt-4o"), input_prices("gpt-9")) == ([2, Decimal("2.5")], [1])
    assert (input_prices("ada"), input_prices("gone")) == ([2], [2])
    approve(staff, ADA, act="all")
    assert input_prices("ada") == [2, 20]
    assert not Price.objects.filter(is_withdrawn=True).exists()


def test_all_is_all_that_the_filter_names(staff, changes):
    approve(staff, act="all", text="gpt-9")
    assert (input_prices("gpt-4o"), input_prices("gpt-9")) == ([2], [1])


def test_a_model_that_is_no_longer_listed_loses_its_price_when_ticked(staff, changes):
    approve(staff, ("openai", "gone", ""))
    assert Price.objects.get(is_withdrawn=True).model.name == "gone"


def test_a_later_instant_is_kept_and_an_earlier_one_refused(staff, changes):
    approve(staff, GPT, valid_from="2040-01-01 00:00")
    assert Price.objects.filter(model__name="gpt-4o").latest("valid_from").valid_from == at(
        "2040-01-01T00:00"
    )
    response = approve(staff, ADA, valid_from="2020-01-01 00:00")
    assert response.status_code == 200
    assert "priced already" in response.content.decode()
    assert input_prices("ada") == [2]


def test_nothing_ticked_and_no_reason_write_nothing(staff, changes):
    assert "Tick the models" in approve(staff).content.decode()
    assert approve(staff, GPT, reason="").status_code == 200
    assert Price.objects.count() == 3


def test_a_difference_that_is_no_longer_the_one_that_was_seen_is_refused(staff, changes, publish):
    seen = staff.get(PAGE).context["seen"]
    publish(listed_model(listed_set(input="7"), name="gpt-4o"), source="genai-prices 3")
    response = approve(staff, GPT, seen=seen)
    assert "Look again" in staff.get(response["Location"]).content.decode()
    assert input_prices("gpt-4o") == [2]


def test_titles_and_rules_are_taken_only_when_asked(staff, changes, publish):
    publish(listed_model(listed_set(input="2.5"), name="gpt-4o", title="GPT-4o"))
    approve(staff, GPT)
    assert LlmModel.objects.get(name="gpt-4o").title == ""
    approve(staff, names="1")
    assert LlmModel.objects.get(name="gpt-4o").title == "GPT-4o"


def test_a_tier_of_a_new_model_brings_the_model(staff, publish):
    publish(
        listed_model(listed_set(input="2"), name="gpt-9"),
        listed_model(listed_set(input="1"), name="gpt-9", service_tier="batch"),
        listed_model(listed_set(input="4"), name="gpt-9", service_tier="priority"),
    )
    approve(staff, ("openai", "gpt-9", "batch"))
    assert sorted(Price.objects.values_list("service_tier", flat=True)) == ["", "batch"]


def test_long_differences_come_in_pages(staff, publish):
    publish(*(listed_model(listed_set(input="2"), name=f"m-{n:03d}") for n in range(150)))
    first = staff.get(PAGE)
    assert len(first.context["rows"]) == 100
    second = staff.get(first.context["older_url"])
    assert [row["model"] for row in second.context["rows"]][:1] == ["m-100"]
    approve(staff, act="all")
    assert Price.objects.count() == 150


def test_the_installed_package_fits_and_needs_few_queries(staff, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page = staff.get(PAGE)
    assert page.status_code == 200
    assert len(page.context["rows"]) == 100


@pytest.mark.parametrize("url", [PAGE, reverse("admin:usage_price_compare")])
def test_only_finance_staff_may(client, cast, settings, url):
    settings.STAFF_MFA_REQUIRED = False
    for member in (cast.alice, cast.charlie):
        client.force_login(member)
        assert client.get(url).status_code in (302, 403)
        assert client.post(url, {"act": "all"}).status_code in (302, 403)


def test_an_instant_that_has_passed_is_refused_by_the_service_too(changes, cast):
    with pytest.raises(PastPriceChange):
        approve_price_sync(
            seen=preview_price_sync(withdraw_removed=True).fingerprint,
            chosen=[GPT],
            names=False,
            valid_from=timezone.now() - timedelta(seconds=1),
            actor=cast.carol,
            reason="",
        )


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_at_once_one_is_written(publish):
    """Both saw the same difference; the second must not write it once more."""
    publish(listed_model(listed_set(input="2")))
    actor = User.objects.create_user("carol@example.com")
    seen = preview_price_sync(withdraw_removed=True).fingerprint
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def act() -> None:
        try:
            together.wait(timeout=20)
            approve_price_sync(
                seen=seen, chosen=[GPT], names=False, valid_from=None, actor=actor, reason="both"
            )
            outcomes.append("written")
        except StalePriceDiff:
            outcomes.append("stale")
        finally:
            connections["default"].close()

    rivals = [threading.Thread(target=act) for _ in range(2)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join(timeout=30)
    assert sorted(outcomes) == ["stale", "written"]
    assert Price.objects.count() == 1
    assert current_version() == 1
