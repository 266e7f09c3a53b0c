"""Who is told, and in which words."""

import pytest

from billing.models import BillingAccount, BillingContact
from billing.queries.alert_recipients import alert_recipients
from teams.enums import Role
from teams.models import Member
from tests.billing.billing_fixtures import make_issuer
from tests.billing.budgets.scene import NOW, drain, mails, make_budget, spend
from tests.teams.factories import DepartmentFactory, MemberFactory, OrganizationFactory, ProjectFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(cast):
    """Acme with an admin, somebody for billing, an auditor, a former owner and a contact for invoices."""
    for name, role in (("adam", Role.ADMIN), ("bill", Role.BILLING), ("audrey", Role.AUDITOR)):
        MemberFactory(organization=cast.acme, name=name.title(), email=f"{name}@example.com", role=role)
    MemberFactory(organization=cast.acme, email="olga@example.com", role=Role.OWNER, left_at=NOW)
    account = BillingAccount.objects.create(
        organization=cast.acme, issuer=make_issuer(), legal_name="Acme", address="Street", country="DE"
    )
    for address in ("invoices@acme.example", "Alice@Example.com"):
        BillingContact.objects.create(account=account, email=address)
    return cast.acme


def told(organization, kind, scope_id):
    budget = make_budget(organization, 5, scope_kind=kind, scope_id=scope_id)
    return [address.partition("@")[0] for address in alert_recipients(budget)]


def test_of_the_organization(acme):
    assert told(acme, "organization", acme.pk) == ["alice", "adam", "bill", "invoices"]


def test_of_a_department_its_lead_and_the_owners(acme, cast):
    assert told(acme, "department", cast.research.pk) == ["dana", "alice"]
    assert told(acme, "department", DepartmentFactory(organization=acme).pk) == ["alice"]
    merged = DepartmentFactory(organization=acme, merged_into=cast.research)
    assert told(acme, "department", merged.pk) == ["dana", "alice"]


def test_of_a_project_owners_and_admins(acme):
    assert told(acme, "project", ProjectFactory(organization=acme).pk) == ["alice", "adam"]


def test_of_a_member_the_member_and_the_owners(acme, cast):
    """Not the lead of their department: it counts what they used elsewhere, too."""
    assert told(acme, "member", cast.member(cast.bob).pk) == ["bob", "alice"]
    assert told(acme, "member", cast.member(cast.alice).pk) == ["alice"]


def test_a_mail_says_why_it_came(acme, cast):
    spend(acme, 60, kind="member", scope_id=cast.member(cast.bob).pk)
    make_budget(acme, 100, scope_kind="member", scope_id=cast.member(cast.bob).pk, thresholds=[50])
    drain()
    assert [mail.recipient for mail in mails()] == ["bob@example.com", "alice@example.com"]
    for mail in mails():
        assert "because the budget is yours or you own the organization" in mail.text
        assert "department" not in mail.text


def test_where_nobody_is_left_the_owners(acme, cast):
    nameless = MemberFactory(organization=acme, email="")
    assert told(acme, "member", nameless.pk) == ["alice"]
    Member.objects.filter(user=cast.bob).update(email="")
    # By the address they sign in with.
    assert told(acme, "member", cast.member(cast.bob).pk) == ["bob", "alice"]


def test_of_a_test_twin_the_people_of_its_organization(acme):
    twin = OrganizationFactory(name="Acme (test)", twin_of=acme)
    assert told(twin, "organization", twin.pk) == ["alice", "adam", "bill", "invoices"]


def test_an_address_that_is_none_holds_up_nobody(acme, cast):
    Member.objects.filter(user=cast.alice).update(email="not an address")
    make_budget(acme, 100, thresholds=[50])
    spend(acme, 60)
    assert drain().alerts == 1
    assert [mail.recipient for mail in mails()] == [
        "adam@example.com", "bill@example.com", "invoices@acme.example", "Alice@Example.com",
    ]  # fmt: skip


def test_the_mail_says_it_in_both_parts_with_one_way_to_the_page(cast, settings):
    settings.SITE_URL = "https://ledger.example/"
    make_budget(cast.acme, 100, name="Q&A <b>", thresholds=[50])
    spend(cast.acme, "61.50")
    drain()
    (mail,) = mails()
    assert mail.subject == "Acme: 50% of budget “Q&A <b>” reached"
    for words in ("Spent, Nov 1", "$61.50", "61.5% of the limit of $100.00"):
        assert words in mail.text and words in mail.html
    assert mail.text.count("https://ledger.example/o/acme/budgets/") == 1
    assert mail.html.count('href="https://ledger.example/o/acme/budgets/"') == 1
    assert "Q&amp;A &lt;b&gt;" in mail.html and "<b>" not in mail.html
    assert "at least" not in mail.text and "late" not in mail.text
    assert (mail.kind, mail.reference.partition(":")[0]) == ("budget.threshold_crossed", "budget")


def test_in_the_organizations_language_and_currency():
    organization = OrganizationFactory(name="Pebble", language="de", currency="USD")
    MemberFactory(organization=organization, email="petra@example.de", role=Role.OWNER)
    make_budget(organization, 2000, name="KI", thresholds=[50])
    spend(organization, "1234.50")
    drain()
    (mail,) = mails()
    assert mail.subject == "Pebble: 50 % des Budgets „KI“ erreicht"
    for words in ("1\u202f234,50\u00a0$", "61,7\u00a0%", "Zum Budget", "Ausgegeben"):
        assert words in mail.text, words
