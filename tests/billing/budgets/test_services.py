"""Budgets are made and changed whole or not at all, and every change stands in the audit history."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from billing.models import Budget
from billing.services.budgets import change_budget, parse_thresholds
from teams.models import AuditEntry
from tests.billing.budgets.scene import NOW, make_budget
from tests.teams.factories import OrganizationFactory
from usage.models import SpendTouch

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("name", {"name": "  "}),
        ("limit", {"limit": Decimal(-1)}),
        ("limit", {"limit": Decimal("NaN")}),
        ("limit", {"limit": Decimal("1e308")}),
        ("limit", {"limit": Decimal("0.001")}),
        ("limit", {"limit": Decimal("0.5"), "unit": "tokens"}),
        ("unit", {"unit": "hours"}),
        ("period_kind", {"period_kind": "decade"}),
        ("thresholds", {"thresholds": []}),
        ("thresholds", {"thresholds": [0]}),
        ("thresholds", {"thresholds": [1001]}),
        ("thresholds", {"thresholds": range(1, 22)}),
        ("scope_id", {"scope_id": 0}),
        ("scope_kind", {"scope_kind": "planet"}),
    ],
)
def test_what_is_wrong_is_refused_by_field(cast, field, changed):
    with pytest.raises(ValidationError) as refused:
        make_budget(cast.acme, **{"limit": 5} | changed)
    assert field in refused.value.error_dict
    assert not Budget.objects.exists() and not SpendTouch.objects.exists()


def test_an_entry_of_another_organization_is_no_scope(cast):
    with pytest.raises(ValidationError):
        make_budget(cast.other, 5, scope_kind="department", scope_id=cast.research.pk)
    with pytest.raises(ValidationError):
        make_budget(cast.other, 5, scope_id=cast.acme.pk)


def test_places_follow_the_currency():
    yen, dinar = OrganizationFactory(currency="JPY"), OrganizationFactory(currency="KWD")
    assert make_budget(dinar, "1.125").limit == Decimal("1.125")
    with pytest.raises(ValidationError):
        make_budget(yen, "1.5")


def test_the_version_counts_on_when_what_is_alerted_changes(cast):
    budget = make_budget(cast.acme, 100, thresholds=[90, 75, 90])
    assert budget.thresholds == [75, 90]
    for changes, version in (
        ({"name": "Other"}, 1),
        ({"thresholds": [90, 75]}, 1),
        ({"limit": Decimal("100.00")}, 1),
        ({"limit": Decimal(101)}, 2),
        ({"unit": "tokens"}, 3),
        ({"period_kind": "week"}, 4),
        ({"thresholds": [75]}, 4),
        ({"is_active": False}, 4),
    ):
        assert change_budget(budget=budget, now=NOW, **changes).version == version, changes
    assert AuditEntry.objects.filter(action="budget.changed").count() == 6


def test_what_a_budget_is_for_stays(cast):
    with pytest.raises(TypeError):
        change_budget(budget=make_budget(cast.acme), scope_id=5)


@pytest.mark.parametrize(
    ("written", "found"), [("75, 90,95", [75, 90, 95]), ("100%; 50 % 50", [50, 100]), ("1000", [1000])]
)
def test_thresholds_as_people_write_them(written, found):
    assert parse_thresholds(written) == found


@pytest.mark.parametrize("written", ["", "0", "1001", "12.5", "-5", "a", "9" * 50, "٧٥"])
def test_what_are_no_thresholds(written):
    with pytest.raises(ValidationError):
        parse_thresholds(written)
