"""A short demo through the real ingest, compared with what the generator itself says."""

import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone

from billing.models import BillingAccount, Budget, Invoice, Payment
from billing.queries.invoice_check import invoice_differences
from billing.services import demo, demo_billing
from billing.services.demo import load_demo
from billing.services.demo_directory import DemoInTheWay
from teams.api_keys import parse_prefix
from teams.demo import DEMO_PASSWORD, DEMO_SIGN_INS
from teams.enums import Role, ScopeKind
from teams.models import ApiKey, Department, Member, Organization, User
from tests.teams.factories import OrganizationFactory
from tests.usage.price_factories import LlmModelFactory, LlmProviderFactory, PriceFactory
from usage.demo.catalogue import MODELS
from usage.demo.generator import demo_days, demo_events
from usage.demo.people import JUNIPER, OUTSIDER, PEBBLE, PLACEHOLDER, UNPRICED
from usage.demo.story import DemoStory
from usage.enums import Answer
from usage.models import (
    ChargeByKind,
    EventKey,
    FileUse,
    Price,
    QuarantinedEvent,
    ReceiptDaily,
    SpendDaily,
    UsageDaily,
    UsageEvent,
    UsageHourly,
)
from usage.queries.ledger_check import check_ledger
from usage.services.snapshots import MEMORY

# Early in a month, so that one whole month and this one are few days.
END = datetime(2026, 11, 3, 15, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_memory():
    MEMORY.forget()


@pytest.fixture(autouse=True)
def early_november(time_machine):
    time_machine.move_to(END, tick=False)


@pytest.fixture
def prices(db):
    """Prices of all models but the one that no list knows."""
    for model in MODELS:
        if model.provider != UNPRICED[0]:
            LlmProviderFactory(name=model.provider)
            row = LlmModelFactory(
                provider_name=model.provider, name=model.name, match={"starts_with": model.name}
            )
            PriceFactory(model=row, audio_second="0.0001", web_search="0.01", code_run="0.03")


def sums(**fields):
    return {name: Sum(field) for name, field in fields.items()}


def test_what_the_generator_made_is_what_the_ledger_holds(prices):
    juniper, pebble = load_demo(months=1)
    assert juniper.answers.keys() == pebble.answers.keys() == {Answer.STORED}
    assert not QuarantinedEvent.objects.exists()
    for loaded, spec in ((juniper, JUNIPER), (pebble, PEBBLE)):
        own = {"organization": loaded.organization}
        events = list(demo_events(DemoStory(spec, END, months=1)))
        tokens = {
            "i": sum(event.input_tokens for event in events),
            "c": sum(event.cache_read_input_tokens for event in events),
            "o": sum(event.output_tokens for event in events),
        }
        measured = sums(i="input_tokens", c="cache_read_input_tokens", o="output_tokens")
        assert (
            UsageEvent.objects.filter(**own).count() == EventKey.objects.filter(**own).count() == len(events)
        )
        for table in (UsageEvent, UsageHourly, UsageDaily):
            assert table.objects.filter(**own).aggregate(**measured) == tokens
        unpriced = sum(event.provider_name == UNPRICED[0] for event in events)
        spend = SpendDaily.objects.filter(**own, scope_kind="organization")
        assert spend.aggregate(n=Sum("unpriced"), calls=Sum("calls")) == {"n": unpriced, "calls": len(events)}
        for name, kind in (("audio_seconds", "audio_second"), ("web_search_calls", "web_search")):
            used = ChargeByKind.objects.filter(**own, kind=kind).aggregate(q=Sum("quantity"))["q"]
            assert (used or 0) == sum(getattr(event, name) for event in events)
        failed = sum(bool(event.error_type) for event in events)
        assert UsageDaily.objects.filter(**own).aggregate(n=Sum("failures"))["n"] == failed
        assert check_ledger(loaded.organization.pk).is_clean


def test_every_event_is_priced_but_those_of_the_unknown_model(prices):
    load_demo(months=1)
    unpriced = UsageEvent.objects.filter(unpriced=1)
    assert set(unpriced.values_list("response_model", flat=True)) == {UNPRICED[1]}


def test_it_is_loaded_once(prices):
    first = load_demo(months=1)
    assert Counter(Budget.objects.values_list("scope_kind", flat=True)) == Counter(ScopeKind.values)
    events, users = UsageEvent.objects.count(), User.objects.count()
    assert all(not loaded.was_loaded_before for loaded in first)
    again = load_demo(months=1)
    assert all(loaded.was_loaded_before and not loaded.api_key for loaded in again)
    assert (UsageEvent.objects.count(), User.objects.count(), ApiKey.objects.count()) == (events, users, 1)
    assert Budget.objects.count() == 4


def test_an_interrupted_load_goes_on_where_it_stopped(prices, monkeypatch, time_machine):
    def half(story):
        yield from islice(demo_days(story), story.length // 2)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demo, "demo_days", half)
        with pytest.raises(KeyboardInterrupt):
            load_demo(months=1)
    before = UsageEvent.objects.count()
    time_machine.move_to(END + timedelta(days=3), tick=False)
    juniper, _pebble = load_demo(months=1)
    expected = list(demo_events(DemoStory(JUNIPER, END, months=1)))
    assert juniper.answers == {Answer.DUPLICATE: before, Answer.STORED: len(expected) - before}
    assert UsageEvent.objects.filter(organization=juniper.organization).count() == len(expected)


def test_people_have_their_roles_departments_and_sign_ins(prices):
    load_demo(months=1)
    organization = Organization.objects.get(slug=JUNIPER.slug)
    members = {member.external_id: member for member in Member.objects.filter(organization=organization)}
    assert members["alice"].role == Role.OWNER
    assert (
        Department.objects.get(organization=organization, external_id="engineering").lead == members["dana"]
    )
    assert members[PLACEHOLDER].is_placeholder
    assert len(members) == len(JUNIPER.people)
    for person in (*DEMO_SIGN_INS, OUTSIDER):
        user = authenticate(email=person.email, password=DEMO_PASSWORD)
        assert isinstance(user, User)
        assert user.is_staff == (user.email == "carol@demo.example")
    assert not User.objects.get(email="carol@demo.example").memberships.exists()
    outsider = Member.objects.get(user__email=OUTSIDER.email)
    assert (outsider.organization.slug, outsider.role) == (PEBBLE.slug, Role.OWNER)


def test_who_moves_leaves_what_was_used_where_it_was(prices):
    load_demo(months=1)
    [moved] = [person for person in JUNIPER.people if person.external_id == "hiro"]
    member = Member.objects.get(external_id=moved.external_id)
    spans = list(member.department_memberships.select_related("department"))
    assert [span.department.external_id for span in spans] == ["engineering", "research"]
    assert spans[0].ends_at == spans[1].starts_at
    for span in spans:
        own = UsageEvent.objects.filter(member_id=member.pk, occurred_at__gte=span.starts_at)
        if span.ends_at:
            own = own.filter(occurred_at__lt=span.ends_at)
        assert set(own.values_list("department_id", flat=True)) == {span.department_id}


def test_who_left_has_no_department_any_more(prices):
    load_demo(months=1)
    [gone] = [person.external_id for person in JUNIPER.people if person.leaves and person.name]
    member = Member.objects.get(external_id=gone)
    assert member.left_at is not None
    assert member.left_at < timezone.now()
    assert not member.department_memberships.filter(ends_at=None).exists()


def test_files_are_used_in_chats_and_receipts_are_spread_over_the_days(prices):
    load_demo(months=1)
    assert FileUse.objects.aggregate(n=Sum("cache_read_input_tokens"))["n"] > 0
    assert FileUse.objects.aggregate(n=Sum("processing_cost"))["n"] > 0
    days = Counter(ReceiptDaily.objects.values_list("organization__slug", flat=True))
    assert days[JUNIPER.slug] > 30


def test_the_months_that_are_over_are_billed_by_the_plan_and_once(prices, monkeypatch):
    def stopped(*_args, **_fields):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demo_billing, "_settle", stopped)
        with pytest.raises(KeyboardInterrupt):
            load_demo(months=2)
    juniper, pebble = [loaded.organization for loaded in load_demo(months=2)]
    events = UsageEvent.objects.filter(organization=juniper).aggregate(
        l=Sum("list_cost"), c=Sum("contracted_cost")
    )
    assert events["c"] == events["l"] * Decimal("1.2") > 0
    invoices = Invoice.objects.order_by("number")
    assert [(row.organization, row.period.month, row.paid_total > 0) for row in invoices] == [
        (pebble, 9, False),
        (juniper, 9, True),
        (pebble, 10, False),
        (juniper, 10, False),
    ]
    assert {row.status for row in invoices} == {"finalized"}
    assert [row.sent_at is not None for row in invoices] == [True, True, False, False]
    assert [row.currency for row in invoices] == ["EUR", "USD", "EUR", "USD"]
    for organization in (juniper, pebble):
        assert list(invoice_differences(organization.pk)) == []
    before = (Invoice.objects.count(), Payment.objects.count(), BillingAccount.objects.count())
    load_demo(months=2)
    assert (Invoice.objects.count(), Payment.objects.count(), BillingAccount.objects.count()) == before


def test_an_empty_price_list_is_filled_first(db):
    load_demo(months=1)
    assert Price.objects.count() > 100
    unpriced = UsageEvent.objects.filter(unpriced=1).values_list("response_model", flat=True)
    assert set(unpriced) == {UNPRICED[1]}


def test_an_organization_of_somebody_else_is_left_alone(prices):
    OrganizationFactory(slug=JUNIPER.slug)
    with pytest.raises(DemoInTheWay, match="“demo”"):
        load_demo(months=1)
    assert not UsageEvent.objects.exists()


def test_the_command_says_how_to_sign_in_each_time_and_the_key_once(prices, settings):
    settings.DEMO = True
    first, again = io.StringIO(), io.StringIO()
    call_command("load_demo", months=1, verbosity=0, stdout=first)
    call_command("load_demo", months=1, verbosity=0, stdout=again)
    for said in (first, again):
        assert all(person.email in said.getvalue() for person in (*DEMO_SIGN_INS, OUTSIDER))
        assert f"“{DEMO_PASSWORD}”" in said.getvalue()
    secret = first.getvalue().split()[-1]
    assert parse_prefix(secret) == ApiKey.objects.get().prefix
    assert "tl_live" not in again.getvalue()
    assert "was loaded before" in again.getvalue()


def test_outside_of_a_demo_the_command_refuses(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="passwords are public"):
        call_command("load_demo", months=1)
    assert not User.objects.exists()
