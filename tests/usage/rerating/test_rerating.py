"""Re-ratings from the wish to the end: previewed, approved, carried out once, and stopped when prices move on."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from teams.models import AuditEntry, Organization
from tests.teams.cast import Cast
from tests.usage.corrections.voids import LATER, said, void
from tests.usage.ledger.ledgers import check
from tests.usage.ledger_fixtures import NOON, event, open_ledger, store
from tests.usage.rerating.scene import (
    MYSTERY,
    PRICE_ID,
    costs,
    give_price,
    mystery,
    previewed,
    rerated,
    unknown_model,
)
from usage.enums import Correction, ReratingStatus
from usage.events import Event
from usage.models import ContractRate, LlmModel, Rerating, UsageEvent
from usage.queries.rerating import rerating_totals
from usage.services import rerating_batch, rerating_run
from usage.services.rerating_run import drain_reratings
from usage.services.reratings import approve_rerating, cancel_rerating, request_rerating

pytestmark = pytest.mark.django_db
EACH = Decimal("0.001400000003")
"""What an unpriced event of these tests comes to, once it has its price."""


def _unpriced(**fields: Any) -> Event:
    return event(response_model=MYSTERY, **fields)


def _scene(*, events: int = 3) -> Organization:
    """An organization with some unpriced events and a priced one, whose unknown model has just got a price."""
    organization = open_ledger()
    unknown_model()
    store(organization, event(), *(_unpriced(transaction_id=f"late-{number}") for number in range(events)))
    give_price()
    return organization


def _rows(organization: Organization) -> list[tuple[str, int, Decimal | None]]:
    rows = UsageEvent.objects.filter(organization=organization, correction=Correction.RERATING).order_by(
        "input_tokens"
    )
    return [(row.transaction_id, row.input_tokens, row.contracted_cost) for row in rows]


def test_a_preview_says_what_changes_and_changes_nothing() -> None:
    organization = _scene()
    other = open_ledger(name="Other", slug="other-2")
    store(other, _unpriced(occurred_at=NOON - timedelta(days=40)))
    void(other)
    rerating = previewed()
    totals = rerating_totals(rerating)
    assert rerating.status == ReratingStatus.PREVIEWED
    # The other one's came after the price and has it: it is looked at, and not changed.
    assert (totals.organizations, totals.events_seen, totals.found.events) == (1, 4, 3)
    assert (totals.found.unpriced_before, totals.found.unpriced_after) == (3, 0)
    assert (totals.found.contracted_before, totals.found.contracted_after) == (Decimal(0), 3 * EACH)
    assert (totals.found.list_before, totals.found.list_after) == (Decimal(0), 3 * EACH)
    assert (totals.found.unpriced_tokens_before, totals.found.unpriced_tokens_after) == (3300, 0)
    assert (totals.found.list_unpriced_before, totals.found.list_unpriced_after) == (3, 0)
    assert costs(organization) == (Decimal("0.003"), 3)
    assert not _rows(organization)


def test_a_rerating_takes_back_the_old_price_and_stores_the_new_one(cast: Cast) -> None:
    organization = _scene(events=1)
    original = UsageEvent.objects.get(transaction_id="late-0")
    rerating = rerated(actor=cast.carol)
    assert (rerating.status, rerating.reason) == (ReratingStatus.DONE, "the price came late")
    assert _rows(organization) == [
        (f"rerating:{original.id.hex}", -1000, None),
        (f"rerated:{original.id.hex}", 1000, EACH),
    ]
    back, again = UsageEvent.objects.filter(correction=Correction.RERATING).order_by("input_tokens")
    assert {row.corrects for row in (back, again)} == {original.id}
    assert (back.contracted_price_id, back.unpriced) == (0, -1)
    assert (again.contracted_price_id, again.list_price_id, again.unpriced) == (PRICE_ID, PRICE_ID, 0)
    assert (again.period, again.local_date, again.member_id) == (
        original.period,
        original.local_date,
        original.member_id,
    )
    assert costs(organization) == (Decimal("0.003") + EACH, 0)
    assert check(organization).is_clean
    entry = AuditEntry.objects.get(action="usage_event.rerated")
    assert (entry.organization, entry.actor, entry.reason) == (
        organization,
        cast.carol,
        "the price came late",
    )
    assert (entry.facts["events"], entry.facts["contracted_cost_added"]) == (1, f"{EACH:.15f}")
    approved = AuditEntry.objects.get(action="rerating.approved")
    assert approved.facts["contracted_cost_after"] == f"{EACH:.15f}"
    assert approved.facts["contracted_cost_before"] == "unpriced"
    assert approved.facts["unpriced_tokens_before"] == 1100


def test_again_it_finds_nothing_to_change() -> None:
    organization = _scene()
    rerated()
    before = _rows(organization)
    rerating = previewed()
    assert rerating_totals(rerating).found.events == 0
    with pytest.raises(ValidationError, match="nothing to change"):
        approve_rerating(rerating, reason="again")
    assert _rows(organization) == before


def test_what_was_rerated_is_rerated_again_and_then_voided() -> None:
    organization = _scene(events=2)
    rerated()
    give_price(id=PRICE_ID + 1, valid_from=NOON - timedelta(days=1), input=Decimal("0.000003"))
    assert rerated().status == ReratingStatus.DONE
    assert costs(organization) == (Decimal("0.003") + 2 * Decimal("0.0034"), 0)
    assert UsageEvent.objects.filter(correction=Correction.RERATING).count() == 8
    assert said(void(organization, "late-0")) == ["voided"]
    assert costs(organization) == (Decimal("0.003") + Decimal("0.0034"), 0)
    give_price(id=PRICE_ID + 2, valid_from=NOON - timedelta(hours=1), input=Decimal("0.000001"))
    rerated()
    assert costs(organization) == (Decimal("0.003") + Decimal("0.0014"), 0)
    assert check(organization).is_clean


def test_a_back_dated_price_moves_priced_events_of_its_time_and_organization_only() -> None:
    organization, other = open_ledger(), open_ledger(name="Other", slug="other-2")
    for one in (organization, other):
        store(one, event(), event(occurred_at=NOON - timedelta(days=3)))
    known = LlmModel.objects.get(name="gpt-4o")
    give_price(
        known, valid_from=NOON - timedelta(days=1), organization=organization, input=Decimal("0.000001")
    )
    rerating = rerated(known, organization=organization)
    totals = rerating_totals(rerating)
    assert (totals.done_events, totals.done_contracted) == (1, Decimal("-0.0016"))
    assert costs(organization) == (Decimal("0.0044"), 0)
    assert costs(other) == (Decimal("0.006"), 0)
    ours = UsageEvent.objects.get(transaction_id__startswith="rerated:")
    assert (ours.contracted_cost, ours.list_cost) == (Decimal("0.0014"), Decimal("0.003"))


def test_calls_before_the_day_that_was_named_stay_as_they_are() -> None:
    organization = _scene(events=1)
    store_before = NOON - timedelta(days=2)
    UsageEvent.objects.filter(transaction_id="late-0").update(occurred_at=store_before)
    rerating = previewed(occurred_from=NOON - timedelta(days=1))
    assert rerating_totals(rerating).found.events == 0
    assert not _rows(organization)


def test_prices_that_change_after_the_preview_make_it_stale() -> None:
    organization = _scene()
    rerating = previewed()
    give_price(id=PRICE_ID + 1, valid_from=NOON - timedelta(days=1), input=Decimal("0.000003"))
    with pytest.raises(ValidationError, match="Prices have changed"):
        approve_rerating(rerating, reason="late", now=LATER)
    rerating.refresh_from_db()
    assert rerating.status == ReratingStatus.STALE
    second = previewed()
    approve_rerating(second, reason="late", now=LATER)
    ContractRate.objects.create(
        organization=organization, valid_from=NOON, factor=Decimal("0.5"), source="test"
    )
    drain_reratings(now=LATER)
    second.refresh_from_db()
    assert second.status == ReratingStatus.STALE
    assert not _rows(organization)


def test_one_of_a_model_is_open_at_a_time_and_a_reason_is_asked_for() -> None:
    _scene()
    rerating = request_rerating(model=mystery())
    with pytest.raises(ValidationError, match="open already"):
        request_rerating(model=mystery())
    with pytest.raises(ValidationError, match="does not wait"):
        approve_rerating(rerating, reason="too soon")
    drain_reratings(now=LATER)
    with pytest.raises(ValidationError, match="reason"):
        approve_rerating(rerating, reason=" ")


def test_a_cancelled_one_keeps_what_it_has_stored(monkeypatch: pytest.MonkeyPatch, cast: Cast) -> None:
    organization = _scene(events=5)
    monkeypatch.setattr(rerating_batch, "AT_A_TIME", 2)
    rerating = previewed()
    approve_rerating(rerating, reason="late", actor=cast.carol, now=LATER)
    drain_reratings(seconds=0, now=LATER)
    assert rerating_totals(rerating).done_events == 0
    _one_step(rerating)
    assert cancel_rerating(rerating, reason="enough", actor=cast.carol)
    assert not cancel_rerating(rerating)
    drain_reratings(now=LATER)
    assert rerating_totals(rerating).done_events == 2
    assert costs(organization) == (Decimal("0.003") + 2 * EACH, 3)
    assert AuditEntry.objects.get(action="usage_event.rerated").facts["events"] == 2
    assert AuditEntry.objects.get(action="rerating.cancelled").reason == "enough"
    assert rerated().status == ReratingStatus.DONE
    assert costs(organization) == (Decimal("0.003") + 5 * EACH, 0)
    assert check(organization).is_clean


def _one_step(rerating: Rerating) -> None:
    claimed = rerating_run._claim_next(set())
    assert claimed is not None
    rerating_run._step(claimed, LATER)


def test_an_id_that_a_client_has_taken_leaves_its_event_out() -> None:
    organization = _scene(events=2)
    taken = UsageEvent.objects.get(transaction_id="late-1")
    store(organization, event(transaction_id=f"rerated:{taken.id.hex}"))
    totals = rerating_totals(rerated())
    assert (totals.done_events, totals.done_skipped) == (1, 1)
    assert costs(organization) == (Decimal("0.006") + EACH, 1)
    assert check(organization).is_clean


def test_a_step_that_fails_is_tried_again_and_five_times_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    organization = _scene()
    rerating = previewed()
    approve_rerating(rerating, reason="late", now=LATER)

    def broken(*_args: Any, **_options: Any) -> None:
        raise RuntimeError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(rerating_run, "store_changes", broken)
        for _time in range(5):
            drain_reratings(now=LATER)
            Rerating.objects.update(leased_until=None)
    rerating.refresh_from_db()
    assert (rerating.status, rerating.failures) == (ReratingStatus.FAILED, 5)
    assert "no room" in rerating.error
    assert not _rows(organization)
    assert rerated().status == ReratingStatus.DONE
