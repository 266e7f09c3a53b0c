"""What voids do to invoices, budgets and panels: the money follows, what was finalized stays."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.enums import ChargeCategory, LineKind
from billing.models import Invoice, InvoiceLine
from billing.queries.budgets import budget_states
from billing.queries.invoice_check import invoice_differences, reproduced_digest
from billing.queries.month_close import invoice_preview
from billing.services.alerts import drain_touches
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from teams.models import Member, Organization
from teams.permissions import Visible
from tests.billing.billing_fixtures import AFTER_JUNE, AFTER_MAY, JUNE, MAY, billed_organization
from tests.billing.budgets.scene import alerts, make_budget
from tests.threads import at_once
from tests.usage.corrections.voids import LATER, said, void
from tests.usage.ledger.ledgers import check
from tests.usage.ledger_fixtures import NOON, event, open_ledger, store
from usage.enums import Correction, NoProjection
from usage.models import SpendTouch, UsageEvent
from usage.queries.organizations_home import organizations_home
from usage.queries.overview import usage_overview

MILLION = 1_000_000


def _invoice(organization: Organization, period: date = MAY, now: datetime = AFTER_MAY) -> Invoice:
    draft = close_month(organization=organization, period=period, now=now)
    assert draft is not None
    return finalize_invoice(invoice_id=draft.pk)


@pytest.mark.django_db
def test_a_void_after_the_invoice_is_an_adjustment_on_the_next_and_the_first_stays() -> None:
    organization = billed_organization(base_fee="0", tax_rate="0")
    store(
        organization,
        event(transaction_id="wrong", input_tokens=3 * MILLION, output_tokens=MILLION),
        event(input_tokens=MILLION, output_tokens=0),
    )
    first = _invoice(organization)
    before = (first.number, first.lines_digest, first.total, reproduced_digest(first))
    assert first.total == 18
    assert said(void(organization, "wrong")) == ["voided"]
    first.refresh_from_db()
    assert (first.number, first.lines_digest, first.total, reproduced_digest(first)) == before
    preview = invoice_preview(organization=organization, period=JUNE)
    assert preview.calculation.total == -16
    second = _invoice(organization, JUNE, AFTER_JUNE)
    adjustments = second.lines.filter(charge_category=ChargeCategory.ADJUSTMENT).order_by("position")
    assert [(line.service_period, line.quantity, line.amount) for line in adjustments] == [
        (MAY, -3 * MILLION, Decimal(-6)),
        (MAY, -MILLION, Decimal(-10)),
    ]
    charged = InvoiceLine.objects.filter(kind=LineKind.USAGE)
    costs = UsageEvent.objects.values_list("contracted_cost", flat=True)
    assert sum(line.cost for line in charged) == sum(costs) == 2
    assert list(invoice_differences(organization.pk)) == []
    assert check(organization).is_clean


@pytest.mark.django_db
def test_a_void_before_the_close_leaves_no_line() -> None:
    organization = billed_organization(base_fee="0", tax_rate="0")
    store(
        organization, event(transaction_id="wrong", response_model="unheard-of"), event(transaction_id="too")
    )
    void(organization, "wrong", "too")
    preview = invoice_preview(organization=organization, period=MAY)
    assert preview.calculation.lines == ()
    assert close_month(organization=organization, period=MAY, now=AFTER_MAY) is None


@pytest.mark.django_db(transaction=True)
def test_voids_while_the_month_is_closed_are_charged_once() -> None:
    organization = billed_organization(base_fee="0", tax_rate="0")
    names = [f"wrong-{number}" for number in range(40)]
    store(organization, *(event(transaction_id=name, input_tokens=MILLION) for name in names), event())
    parts = [names[start::4] for start in range(4)]
    results = at_once(
        lambda: close_month(organization=organization, period=MAY, now=AFTER_MAY),
        *(lambda part=part: said(void(organization, *part)) for part in parts),
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    first = finalize_invoice(invoice_id=results[0].pk)
    _invoice(organization, JUNE, AFTER_JUNE)
    charged = InvoiceLine.objects.filter(kind=LineKind.USAGE)
    assert sum(line.cost for line in charged) == Decimal("0.003")
    assert reproduced_digest(first) == first.lines_digest
    assert list(invoice_differences(organization.pk)) == []


@pytest.mark.django_db
def test_a_budget_gets_its_money_back_and_alerts_no_second_time() -> None:
    organization = open_ledger()
    budget = make_budget(organization, "0.10", now=NOON)
    names = [f"e{number}" for number in range(30)]  # 0.003 dollars each
    soon, later = NOON + timedelta(minutes=1), NOON + timedelta(minutes=5)
    store(organization, *(event(transaction_id=name) for name in names), received_at=soon)
    assert drain_touches(now=soon).alerts == 2
    assert alerts(budget) == [75, 90]
    void(organization, *names[:20], received_at=later)
    assert SpendTouch.objects.exists()
    assert drain_touches(now=later).alerts == 0
    (state,) = budget_states([budget], now=later)
    assert state.spent == Decimal("0.03")
    store(organization, *(event() for _ in range(20)), received_at=later)
    assert drain_touches(now=later).alerts == 0
    assert alerts(budget) == [75, 90]


@pytest.mark.django_db
def test_panels_show_the_net_and_no_row_of_nothing() -> None:
    organization = open_ledger()
    store(
        organization,
        event(transaction_id="wrong", response_model="mystery-1", member_id="dana", feature="agents"),
        event(transaction_id="also", input_tokens=9000, member_id="", project_id="atlas"),
        event(feature="chat"),
    )
    void(organization, "wrong", "also")
    overview = usage_overview(
        organization=organization, visible=Visible(whole_organization=True), now=LATER, month=MAY
    )
    assert overview is not None
    totals = overview.totals
    assert (totals.calls, totals.input_tokens, totals.contracted_cost) == (1, 1000, Decimal("0.003"))
    assert (totals.unpriced_events, totals.unpriced_tokens) == (0, 0)
    assert [row.name for row in overview.models] == ["gpt-4o"]
    assert [(row.name, row.share_of_tokens) for row in overview.members] == [("bob", Decimal(100))]
    assert all(day.measures.input_tokens >= 0 for day in overview.days)
    assert UsageEvent.objects.filter(correction=Correction.VOID).count() == 2


@pytest.mark.django_db
def test_a_day_of_which_everything_was_voided_does_not_begin_the_history() -> None:
    organization = open_ledger()
    now = NOON + timedelta(days=6)
    weeks = [event(occurred_at=NOON + timedelta(days=day)) for day in range(6)]
    store(organization, event(transaction_id="wrong", occurred_at=NOON - timedelta(days=18)), *weeks)
    void(organization, "wrong")
    for visible in (Visible(whole_organization=True), _bob(organization)):
        overview = usage_overview(organization=organization, visible=visible, now=now)
        assert overview is not None
        assert (overview.projected.reason, overview.projected.history_days) == (
            NoProjection.NOT_ENOUGH_HISTORY,
            6,
        )
    (row,) = organizations_home(now=now)
    assert row.projected.history_days == 6


def _bob(organization: Organization) -> Visible:
    members = Member.objects.filter(organization=organization, external_id="bob")
    return Visible(member_ids=frozenset(members.values_list("pk", flat=True)))
