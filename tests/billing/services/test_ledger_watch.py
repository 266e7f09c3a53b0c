"""Every night the books of all organizations are compared, once each, whoever dies or works beside."""

from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import pytest
from django.test import Client, override_settings
from time_machine import travel

from billing.models import NumberSeries
from billing.services import ledger_watch
from billing.services.invoices import finalize_invoice
from billing.services.ledger_watch import checked_days, due_night, watch_ledger
from billing.services.month_close import close_month
from teams.models import Organization, OutboxMessage
from tests.billing.billing_fixtures import AFTER_MAY, MAY, billed_organization
from tests.teams.cast import Cast
from tests.teams.factories import OrganizationFactory
from tests.threads import at_once
from tests.usage.ledger.ledgers import run_sql
from tests.usage.ledger_fixtures import event, open_ledger, store
from usage.ledger_findings import Finding
from usage.models import LedgerCheck
from usage.progress import Days

JUNE = datetime(2026, 6, 15, 13, tzinfo=UTC)
NIGHT = date(2026, 6, 15)


def _watched(now: datetime = JUNE) -> int:
    """Take turns until the night is done; how many checks that took."""
    checked = 0
    while True:
        turn = watch_ledger(now=now, seconds=0)
        checked += turn.checked
        if turn.is_done:
            return checked
        assert turn.checked, "nobody goes on"


def _summary() -> LedgerCheck:
    return LedgerCheck.objects.get(organization=None)


def _spent(organization: Organization) -> None:
    store(organization, event(occurred_at=datetime(2026, 6, 3, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("now", "night"),
    [
        (datetime(2026, 6, 15, 12, 29, tzinfo=UTC), date(2026, 6, 14)),
        (datetime(2026, 6, 15, 12, 30, tzinfo=UTC), date(2026, 6, 15)),
    ],
)
def test_a_night_is_due_when_its_day_is_over_in_every_zone(now: datetime, night: date) -> None:
    assert due_night(now) == night


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "now", "first", "last"),
    [
        ("UTC", JUNE, date(2026, 6, 1), date(2026, 6, 15)),
        ("UTC", datetime(2026, 6, 1, 13, tzinfo=UTC), date(2026, 5, 1), date(2026, 6, 1)),
        ("Pacific/Kiritimati", datetime(2026, 5, 31, 13, tzinfo=UTC), date(2026, 5, 1), date(2026, 6, 1)),
        ("Pacific/Pago_Pago", datetime(2026, 7, 1, 10, tzinfo=UTC), date(2026, 6, 1), date(2026, 6, 30)),
    ],
)
def test_yesterday_and_the_open_month_are_checked_where_the_organization_is(
    zone: str, now: datetime, first: date, last: date
) -> None:
    organization = OrganizationFactory(time_zone=zone)
    assert checked_days(organization.pk, now) == Days(first, last)


@pytest.mark.django_db
def test_a_clean_night_is_summed_up_and_nobody_is_written_to(cast: Cast) -> None:
    organization = open_ledger()
    _spent(organization)
    assert _watched() == 3
    own = LedgerCheck.objects.get(organization=organization)
    assert (own.night, own.first_day, own.last_day) == (NIGHT, date(2026, 6, 1), NIGHT)
    assert own.rows > 10
    summary = _summary()
    assert (summary.rows, summary.differences, summary.found, summary.error) == (own.rows, 0, [], "")
    assert summary.finished_at == JUNE
    assert not OutboxMessage.objects.exists()
    assert _watched() == 0


@pytest.mark.django_db
def test_differences_are_kept_with_their_ids_and_told_to_staff_once(cast: Cast) -> None:
    organization = open_ledger()
    _spent(organization)
    run_sql("UPDATE usage_daily SET calls = calls + 1")
    _watched()
    own = LedgerCheck.objects.get(organization=organization)
    assert own.differences == _summary().differences == 1
    finding = Finding.from_json(own.found[0])
    assert (finding.relation, finding.columns["calls"]) == ("usage_daily", (1, 2))
    assert finding.key["organization_id"] == organization.pk
    message = OutboxMessage.objects.get()
    assert (message.recipient, message.kind) == (cast.carol.email, "ledger.difference_found")
    assert message.subject == "The ledger check of June 15, 2026 found 1 difference"
    assert f"/admin/usage/ledgercheck/{_summary().pk}/change/" in message.text
    assert "Differences: 1" in message.text
    LedgerCheck.objects.update(finished_at=None, leased_until=None)
    _watched()
    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db
def test_differences_outside_of_the_range_are_left_to_the_command(cast: Cast) -> None:
    organization = open_ledger()
    store(organization, event())
    run_sql("UPDATE usage_daily SET calls = calls + 1")
    _watched()
    assert _summary().differences == 0


@pytest.mark.django_db
@override_settings(STAFF_EMAILS=["books@example.com", "Books@example.com", "auditor@example.com"])
def test_a_lost_invoice_number_is_found_and_told_where_the_setting_says(cast: Cast) -> None:
    organization = billed_organization()
    store(organization, event(input_tokens=1_000_000))
    draft = close_month(organization=organization, period=MAY, now=AFTER_MAY)
    assert draft is not None
    finalize_invoice(invoice_id=draft.pk)
    NumberSeries.objects.update(next_number=3)
    _watched()
    assert _summary().differences == 1
    assert "INV-00002" in Finding.from_json(_summary().found[0]).where
    told = OutboxMessage.objects.filter(kind="ledger.difference_found").values_list("recipient", flat=True)
    assert sorted(told) == ["auditor@example.com", "books@example.com"]


@pytest.mark.django_db
def test_one_that_fails_is_tried_again_and_then_told_without_holding_up_the_others(cast: Cast) -> None:
    broken = open_ledger()
    check_books = ledger_watch.check_books

    def fails(organization_id: int, **options: object) -> object:
        if organization_id == broken.pk:
            raise RuntimeError("disk")
        return check_books(organization_id, **options)  # type: ignore[arg-type]

    with patch.object(ledger_watch, "check_books", fails):
        for attempt in range(3):
            assert not LedgerCheck.objects.filter(organization=None, finished_at__isnull=False).exists()
            watch_ledger(now=JUNE + attempt * ledger_watch.PAUSE)
    own = LedgerCheck.objects.get(organization=broken)
    assert (own.attempts, own.error) == (3, "RuntimeError('disk')")
    assert LedgerCheck.objects.filter(organization__isnull=False, error="").count() == 2
    assert _summary().error == "1 not checked"
    assert "1 organization could not be checked" in OutboxMessage.objects.get().text


@pytest.mark.django_db
def test_a_worker_that_died_leaves_its_organization_to_the_next(cast: Cast) -> None:
    class Killed(BaseException):
        pass

    with patch.object(ledger_watch, "check_books", side_effect=Killed), pytest.raises(Killed):
        watch_ledger(now=JUNE, seconds=0)
    turn = watch_ledger(now=JUNE + timedelta(minutes=1))
    assert (turn.checked, turn.is_done) == (1, False)
    turn = watch_ledger(now=JUNE + ledger_watch.LEASE)
    assert (turn.checked, turn.is_done) == (1, True)


@pytest.mark.django_db(transaction=True)
def test_rivals_check_each_organization_once_and_write_once(cast: Cast) -> None:
    organizations = [open_ledger() for _ in range(4)]
    for organization in organizations:
        _spent(organization)
    run_sql("UPDATE usage_daily SET calls = calls + 1")
    turns = at_once(*(lambda: watch_ledger(now=JUNE, seconds=60) for _ in range(3)))
    assert sum(turn.checked for turn in turns) == 6
    assert set(LedgerCheck.objects.filter(organization__isnull=False).values_list("attempts", flat=True)) == {
        1
    }
    assert _summary().differences == 4
    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db
def test_the_admins_first_page_says_what_was_found(cast: Cast, client: Client) -> None:
    organization = open_ledger()
    _spent(organization)
    with travel(JUNE, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        client.force_login(cast.carol)
        assert "not verified yet" in client.get("/admin/").content.decode()
        watch_ledger(now=JUNE, seconds=0)
        assert "Checking: 1 of 3 organizations." in client.get("/admin/").content.decode()
        _watched()
        page = client.get("/admin/").content.decode()
        assert "Ledger verified 13:00 UTC" in page
        assert "no differences" in page
        assert f"{_summary().rows} rows compared" in page
        run_sql("UPDATE spend_daily SET calls = calls + 1")
        LedgerCheck.objects.all().delete()
        _watched()
        assert "4 differences" in client.get("/admin/").content.decode()
        found = client.get(f"/admin/usage/ledgercheck/{_summary().pk}/change/").content.decode()
        assert f"organization_id={organization.pk}" in found
        assert "calls is 2, the events say 1" in found
        assert str(NIGHT.year) in client.get("/admin/usage/ledgercheck/?shown=differing").content.decode()
        client.force_login(cast.alice)
        assert client.get("/admin/usage/ledgercheck/", follow=True).status_code == 403
