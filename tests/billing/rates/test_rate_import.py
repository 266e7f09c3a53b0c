"""Rates come in by file: seen first, stored once, and never for a month that was fixed."""

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from billing.models import ExchangeRate, PeriodRate
from billing.queries.rates import period_rate
from billing.services.rate_import import import_rates, preview_rates
from billing.services.rates import fix_period_rate
from teams.models import AuditEntry
from tests.billing.billing_fixtures import MAY
from tests.billing.rates.files import HISTORY, zipped
from tests.teams.cast import Cast
from tests.teams.factories import OrganizationFactory
from tests.threads import at_once

pytestmark = pytest.mark.django_db
SINCE = date(2026, 4, 1)
FILE = HISTORY.encode()


def _counts(content: bytes = FILE) -> tuple[int, int, int, int]:
    diff = preview_rates(content, since=SINCE)
    return len(diff.new), len(diff.changed), len(diff.kept), diff.unchanged


def test_new_rates_are_stored_once_and_put_on_record(cast: Cast) -> None:
    assert _counts() == (8, 0, 0, 0)
    assert not ExchangeRate.objects.exists()
    import_rates(FILE, since=SINCE, actor=cast.carol, reason="monthly")
    assert ExchangeRate.objects.count() == 8
    assert _counts() == (0, 0, 0, 8)
    assert import_rates(zipped(), since=SINCE).is_empty
    entry = AuditEntry.objects.get(action="exchange_rates.imported")
    assert (entry.actor, entry.reason, entry.facts["new"]) == (cast.carol, "monthly", 8)
    assert (entry.facts["first_day"], entry.facts["last_day"]) == ("2026-04-29", "2026-05-04")


def test_a_day_without_a_rate_takes_the_last_one_before_it() -> None:
    import_rates(FILE, since=SINCE)
    organization = OrganizationFactory(currency="EUR")
    answer = period_rate(organization, MAY)
    assert (answer.units_per_usd, answer.rate_date) == (Decimal("0.8"), date(2026, 4, 30))
    assert not ExchangeRate.objects.filter(rate_date=MAY).exists()


def test_a_changed_rate_is_put_right_unless_a_month_was_fixed_at_it() -> None:
    import_rates(FILE, since=SINCE)
    fix_period_rate(OrganizationFactory(currency="EUR"), MAY)
    other = HISTORY.replace("2026-04-30,1.2500,160.00", "2026-04-30,1.2800,160.00").encode()
    assert _counts(other) == (0, 2, 1, 5)
    diff = import_rates(other, since=SINCE)
    assert [(change.now.currency, change.now.units_per_usd) for change in diff.kept] == [
        ("EUR", Decimal("0.78125"))
    ]
    stands = {
        row.currency: row.units_per_usd for row in ExchangeRate.objects.filter(rate_date=date(2026, 4, 30))
    }
    assert stands == {"EUR": Decimal("0.8"), "JPY": Decimal("125"), "GBP": Decimal("0.6640625")}
    assert PeriodRate.objects.get().units_per_usd == Decimal("0.8")
    facts = AuditEntry.objects.latest("id").facts["changes"]
    assert facts["JPY 2026-04-30"] == {"before": "128.0000000000", "after": "125.0000000000"}


@pytest.mark.django_db(transaction=True)
def test_rivals_with_the_same_file_store_it_once() -> None:
    results = at_once(*(lambda: import_rates(FILE, since=SINCE) for _ in range(3)))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert ExchangeRate.objects.count() == 8


def test_the_command_shows_asks_and_stores(tmp_path: Path) -> None:
    file = tmp_path / "eurofxref-hist.zip"
    file.write_bytes(zipped())
    said = StringIO()
    call_command("import_rates", str(file), "--since", "2026-04-01", "--dry-run", stdout=said)
    assert "8 new, 0 changed" in said.getvalue()
    assert not ExchangeRate.objects.exists()
    call_command("import_rates", str(file), "--since", "2026-04-01", "--yes", stdout=said)
    assert ExchangeRate.objects.count() == 8
    call_command("import_rates", str(file), "--since", "2026-04-01", "--yes", stdout=said)
    assert "8 unchanged\nNothing was written." in said.getvalue()
    for wrong in ((str(tmp_path / "none.zip"),), (str(file), "--since", "soon")):
        with pytest.raises(CommandError):
            call_command("import_rates", *wrong, "--yes", stdout=said)


def test_without_a_file_the_one_of_the_library_is_taken() -> None:
    call_command("import_rates", "--since", "2026-10-01", "--yes", stdout=StringIO())
    assert ExchangeRate.objects.filter(currency="EUR", rate_date=date(2026, 10, 30)).exists()


def test_staff_brings_a_file_in_by_the_admin(staff: Client, cast: Cast) -> None:
    url = reverse("admin:billing_exchangerate_import")
    assert "Import rates" in staff.get(reverse("admin:billing_exchangerate_changelist")).content.decode()
    assert "Import exchange rates" in staff.get(url).content.decode()
    upload = SimpleUploadedFile("eurofxref-hist.zip", zipped())
    response = staff.post(url, {"file": upload, "since": "2026-04-01"})
    assert "8 new, 0 changed" in response.content.decode()
    assert not ExchangeRate.objects.exists()
    token = response.context["token"]
    assert staff.post(url, {"token": token, "reason": ""}).status_code == 200
    assert staff.post(url, {"token": token, "reason": "monthly"}).status_code == 302
    assert ExchangeRate.objects.count() == 8
    assert AuditEntry.objects.get(action="exchange_rates.imported").actor == cast.carol
    assert (
        "too long ago" in staff.post(url, {"token": token, "reason": "again"}, follow=True).content.decode()
    )
    broken = SimpleUploadedFile("rates.csv", b"hello")
    assert (
        "not a file of reference rates"
        in staff.post(url, {"file": broken, "since": "2026-04-01"}).content.decode()
    )


def test_others_may_not(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    assert client.get(reverse("admin:billing_exchangerate_import")).status_code in (302, 403)
