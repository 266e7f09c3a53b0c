"""Gives a loaded organization names, people who sign in, a key that reads, a plan and budgets.

Prints as one line of JSON the headers by which each viewer is known, and what paths name.
"""

import json
import sys
from datetime import date
from decimal import Decimal
from typing import Any

import django

from benchmarks.dashboards.facts import facts_of


def prepare(slug: str) -> dict[str, Any]:
    """Viewers: ``key``, ``owner`` and the vendor's ``staff`` see everything, ``lead`` the first department, ``member``
    their own usage."""
    from django.db.models import F, Value
    from django.db.models.functions import Concat

    from teams.enums import KeyScope, Role
    from teams.models import Department, Member, Organization, Project
    from teams.services.keys import create_api_key
    from usage.models import Integration

    organization = Organization.objects.get(slug=slug)
    for model in (Department, Project, Member, Integration):
        title = Value(f"{model.__name__} ")
        model.objects.filter(organization=organization).update(
            name=Concat(title, F("external_id")), is_placeholder=False
        )
    key = create_api_key(organization=organization, name="reader", scopes=[KeyScope.USAGE_READ])
    members = list(Member.objects.filter(organization=organization).order_by("external_id")[:3])
    department = Department.objects.filter(organization=organization).order_by("external_id")[0]
    roles = {"owner": Role.OWNER, "lead": Role.DEPARTMENT_LEAD, "member": Role.MEMBER}
    viewers = {"key": {"Authorization": f"Bearer {key.secret}"}, "staff": _signed_in(_staff())}
    for member, (name, role) in zip(members, roles.items(), strict=True):
        member.user, member.role = _user(name), role
        member.save(update_fields=["user", "role"])
        viewers[name] = _signed_in(member.user)
    department.lead = members[1]
    department.save(update_fields=["lead"])
    _billed(organization, department.pk)
    return {"viewers": viewers, "facts": facts_of(slug)}


def _user(name: str, **rights: bool) -> Any:
    from teams.models import User

    return User.objects.create(email=f"{name}@benchmark.example", full_name=name.title(), **rights)


def _staff() -> Any:
    """With the second factor that staff must have."""
    from allauth.mfa.models import Authenticator

    staff = _user("staff", is_staff=True, is_superuser=True)
    Authenticator.objects.create(user=staff, type=Authenticator.Type.TOTP, data={})
    return staff


def _signed_in(user: Any) -> dict[str, str]:
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}


def _billed(organization: Any, department_id: int) -> None:
    """A plan, and budgets of the organization and a department."""
    from benchmarks.billed_usage import Seller
    from billing.models import BillingAccount
    from billing.services.budgets import create_budget
    from billing.services.subscriptions import subscribe
    from teams.enums import ScopeKind

    seller = Seller(date(2020, 1, 1))
    BillingAccount.objects.create(
        organization=organization,
        issuer=seller.issuer,
        legal_name="Benchmark Ltd",
        address="1 Main Street",
        country="US",
        tax_rate=Decimal(0),
    )
    subscribe(organization=organization, plan=seller.plan, valid_from=seller.month)
    for kind, scope_id in ((ScopeKind.ORGANIZATION, organization.pk), (ScopeKind.DEPARTMENT, department_id)):
        limit = Decimal(10_000)
        create_budget(
            organization=organization, name=str(kind.label), scope_kind=kind, scope_id=scope_id, limit=limit
        )


if __name__ == "__main__":
    django.setup()
    print(json.dumps(prepare(sys.argv[1])))
