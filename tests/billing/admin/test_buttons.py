"""Every button above the admin's lists and entries leads somewhere: not to an error, and not back to itself."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urljoin, urlsplit

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from billing.models import Budget, Invoice, Plan, TriggeredAlert
from teams.enums import KeyScope, ScopeKind
from teams.models import Organization, OutboxMessage
from tests.billing.billing_fixtures import MAY
from tests.teams.cast import Cast
from tests.teams.factories import DepartmentFactory, MemberFactory, ProjectFactory, make_api_key
from tests.usage.ledger_fixtures import event, store
from usage.models import Integration, UsageEvent


def fill(organization: Organization) -> None:
    """An entry of everything that has buttons and that a billed month does not bring by itself."""
    future = timezone.now() + timedelta(days=30)
    store(organization, event(transaction_id="future", occurred_at=future), event(platform="web"))
    make_api_key(organization, KeyScope.USAGE_WRITE)
    for factory in (DepartmentFactory, MemberFactory, ProjectFactory):
        factory(organization=organization)
    Integration.objects.create(organization=organization, external_id="chat", name="Chat")
    Plan.objects.get_or_create(name="Team")
    OutboxMessage.objects.create(kind="invoice.sent", recipient="a@buyer.example", subject="Hi", text="Hi")
    budget = Budget.objects.create(
        organization=organization, name="All", scope_kind=ScopeKind.ORGANIZATION, scope_id=0, limit=1
    )
    TriggeredAlert.objects.create(
        budget=budget, budget_version=1, period_start=MAY, period_end=MAY,
        threshold=80, limit=Decimal(1), spent=Decimal(2),
    )  # fmt: skip


def buttons(request: HttpRequest) -> Iterator[str]:
    """The addresses behind the buttons of every list, and of the newest entry of every model that has some."""
    for model, model_admin in admin.site._registry.items():
        if not isinstance(model_admin, ModelAdmin):
            continue
        for action in model_admin.get_actions_list(request):
            yield reverse(f"admin:{action.action_name}")
        if not model_admin.actions_detail:
            continue
        entry = model._default_manager.order_by("-pk").first()
        assert entry is not None, f"nothing to press the buttons of: {model.__name__}"
        for action in model_admin.get_actions_detail(request, address_of(entry)):
            yield reverse(f"admin:{action.action_name}", args=(address_of(entry),))


def address_of(entry: Model) -> str:
    if isinstance(entry, UsageEvent):
        return f"{entry.organization_id}.{entry.period}.{entry.id}"
    return str(entry.pk)


def test_every_button_leads_somewhere(cast: Cast, staff: Client, draft: Invoice) -> None:
    fill(draft.organization)
    request = RequestFactory().get("/admin/")
    request.user = cast.carol
    paths = list(buttons(request))
    for path in paths:
        response = staff.get(path)
        if response.status_code in (301, 302):
            target = urljoin(path, response["Location"])
            assert urlsplit(target).path != path, f"{path} leads to itself"
            response = staff.get(target, follow=True)
        assert response.status_code == 200, path
    assert len(paths) == len(set(paths))  # Two of one name would share an address.
    assert len(paths) >= 20
