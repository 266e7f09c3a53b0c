"""Usage without a price is listed by model, people are told of it once, and a price is given by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from teams.models import AuditEntry, Organization, OutboxMessage
from teams.services.organizations import ensure_test_twin
from tests.teams.cast import Cast
from tests.threads import at_once
from tests.usage.corrections.voids import void
from tests.usage.ledger_fixtures import NOON, RECEIVED, event, open_ledger, store
from tests.usage.rerating.scene import MYSTERY, costs, give_price, mystery, rerated, unknown_model
from usage.enums import ChargeKind
from usage.models import UnpricedAlert
from usage.queries.unpriced import unpriced_models
from usage.services import unpriced_price
from usage.services.periods import ensure_periods
from usage.services.unpriced_alert import alert_unpriced_models

pytestmark = pytest.mark.django_db


def _used(*organizations: Organization) -> None:
    unknown_model()
    for number, organization in enumerate(organizations):
        when = NOON - timedelta(days=number)
        store(organization, event(), event(response_model=MYSTERY, occurred_at=when, transaction_id="late"))


def test_models_are_listed_with_what_they_were_used_for(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    one, other = open_ledger(), open_ledger(name="Other", slug="other-2")
    _used(one, other)
    store(other, event(response_model="", provider_name="", input_tokens=7))
    with django_assert_num_queries(2):  # type: ignore[operator]
        found = unpriced_models()
    assert [(row.model and row.model.name, row.organizations, row.events, row.tokens) for row in found] == [
        (MYSTERY, 2, 2, 2200),
        (None, 1, 1, 107),
    ]
    assert (found[0].first_day, found[0].last_day) == (date(2026, 5, 19), date(2026, 5, 20))
    void(one, "late")
    give_price()
    rerated()
    assert [row.model for row in unpriced_models()] == [None]


def test_what_test_keys_sent_is_nobodys_business() -> None:
    twin = ensure_test_twin(open_ledger())
    ensure_periods(twin.pk, first=date(2026, 5, 1), last=date(2026, 6, 1))
    _used(twin)
    assert unpriced_models() == []
    assert alert_unpriced_models() == 0


def test_staff_is_told_of_a_model_once_ever(cast: Cast) -> None:
    _used(open_ledger())
    assert alert_unpriced_models(now=RECEIVED) == 1
    message = OutboxMessage.objects.get()
    assert message.recipient == cast.carol.email
    assert message.subject == "Usage of openai/mystery-1 has no price"
    assert "Tokens without a price: 1" in message.text
    assert reverse("unpriced") in message.text
    store(open_ledger(name="Third", slug="third"), event(response_model=MYSTERY))
    assert alert_unpriced_models(now=RECEIVED + timedelta(days=400)) == 0
    OutboxMessage.objects.all().delete()
    give_price()
    rerated()
    assert alert_unpriced_models() == 0
    assert UnpricedAlert.objects.get().model_id == mystery().pk


def test_nobody_to_tell_leaves_it_for_later(cast: Cast) -> None:
    _used(open_ledger())
    type(cast.carol).objects.update(is_staff=False)
    assert alert_unpriced_models() == 0
    type(cast.carol).objects.filter(pk=cast.carol.pk).update(is_staff=True)
    assert alert_unpriced_models() == 1


def test_a_german_reader_is_told_in_german(cast: Cast) -> None:
    _used(open_ledger())
    type(cast.carol).objects.filter(pk=cast.carol.pk).update(language="de")
    alert_unpriced_models()
    message = OutboxMessage.objects.get()
    assert message.subject == "Nutzung von openai/mystery-1 hat keinen Preis"
    assert "Neubewertung" in message.text
    assert "Events" not in message.text


@pytest.mark.django_db(transaction=True)
def test_rivals_write_once(cast: Cast) -> None:
    _used(open_ledger())
    assert sum(at_once(*(alert_unpriced_models for _ in range(3)))) == 1
    assert OutboxMessage.objects.count() == 1


def test_a_price_given_by_hand_holds_from_its_day_and_touches_nothing_stored(cast: Cast) -> None:
    organization = open_ledger()
    _used(organization)
    start = datetime(2026, 5, 20, tzinfo=UTC)
    given = {
        ChargeKind.INPUT: Decimal("1.25"),
        ChargeKind.OUTPUT: Decimal(5),
        ChargeKind.AUDIO_SECOND: Decimal(6),
    }
    price = unpriced_price.give_price(
        model=mystery(), quoted=given, valid_from=start, reason="their price page", actor=cast.carol
    )
    assert (price.input, price.output, price.audio_second) == (
        Decimal("0.00000125"),
        Decimal("0.000005"),
        Decimal("0.1"),
    )
    assert costs(organization) == (Decimal("0.003"), 1)
    store(
        organization,
        event(response_model=MYSTERY),
        event(response_model=MYSTERY, occurred_at=start - timedelta(seconds=1)),
    )
    assert costs(organization) == (Decimal("0.00475"), 2)
    entry = AuditEntry.objects.get(action="price.added")
    assert (entry.actor, entry.reason, entry.facts["unit_prices"]["input"]) == (
        cast.carol,
        "their price page",
        "0.000001250000000",
    )
    with pytest.raises(ValidationError, match="never edited"):
        unpriced_price.give_price(model=mystery(), quoted=given, valid_from=start, reason="again")
    for wrong in ({"quoted": {}, "reason": "x"}, {"quoted": given, "reason": " "}):
        with pytest.raises(ValidationError):
            unpriced_price.give_price(model=mystery(), valid_from=NOON, **wrong)  # type: ignore[arg-type]
