"""The pages on budgets: how they stand, and for those who may, a form to make and change them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from billing.models import Budget
from billing.queries.budget_scopes import scope_choices
from billing.queries.budgets import BudgetState, budget_states, visible_budgets
from billing.services.budgets import change_budget, create_budget
from billing.web.budget_forms import BudgetForm, values_of
from teams.enums import ScopeKind
from teams.models import Organization, User
from teams.permissions import Access, may_edit_budget, usage_scope
from teams.queries.access import NotVisible, organization_and_access
from teams.queries.organizations import time_zone_on


@login_required
@require_safe
def budgets(request: HttpRequest, slug: str) -> HttpResponse:
    """The budgets that concern the reader, in their current periods."""
    organization, access = organization_and_access(user=request.user, organization_slug=slug)
    if usage_scope(access).is_nothing:
        return render(request, "billing/no_usage_visible.html", {"organization": organization}, status=403)
    now = timezone.now()
    states = visible_budgets(organization=organization, access=access, now=now, with_inactive=True)
    context = {
        "organization": organization,
        "access": access,
        "states": [state for state in states if state.is_active],
        "unused": [state for state in states if not state.is_active and state.may_edit],
        "may_add": bool(_scopes_to_choose(access, organization)),
        "is_own_only": not usage_scope(access).whole_organization,
        "time_zone": time_zone_on(organization.pk, now.date()),
        "now": now,
    }
    return render(request, "billing/budgets/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_budget(request: HttpRequest, slug: str) -> HttpResponse:
    """A form for a budget of whatever the asker may give one to."""
    organization, access = organization_and_access(user=request.user, organization_slug=slug)
    scopes = _scopes_to_choose(access, organization)
    if not scopes:
        raise NotVisible
    form = BudgetForm(request.POST or None, scopes=scopes, currency=organization.currency)
    if request.method == "POST" and form.is_valid():
        try:
            budget = create_budget(organization=organization, actor=_actor(request), **form.values())
        except ValidationError as error:
            form.show(error)
        else:
            messages.success(request, _("The budget “%(name)s” was made.") % {"name": budget.name})
            return redirect("budgets", slug)
    return _form_page(request, access, organization, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_budget(request: HttpRequest, slug: str, budget_id: int) -> HttpResponse:
    """A form for a budget that stands; what it is for stays."""
    organization, access = organization_and_access(user=request.user, organization_slug=slug)
    budget = (
        Budget.objects.select_related("organization").filter(organization=organization, pk=budget_id).first()
    )
    if budget is None:
        raise NotVisible
    state = budget_states([budget], now=timezone.now(), access=access)[0]
    if not state.may_edit:
        raise NotVisible
    form = BudgetForm(request.POST or None, initial=values_of(budget), currency=organization.currency)
    if request.method == "POST" and form.is_valid():
        try:
            change_budget(budget=budget, actor=_actor(request), **form.values())
        except ValidationError as error:
            form.show(error)
        else:
            messages.success(
                request, _("The budget “%(name)s” was changed.") % {"name": form.cleaned_data["name"]}
            )
            return redirect("budgets", slug)
    return _form_page(request, access, organization, form, state=state)


def _form_page(
    request: HttpRequest,
    access: Access,
    organization: Organization,
    form: BudgetForm,
    *,
    state: BudgetState | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"organization": organization, "access": access, "form": form, "state": state}
    return render(request, "billing/budgets/form.html", context, status=422 if form.errors else 200)


def _scopes_to_choose(access: Access, organization: Organization) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the asker may make a budget for: everything, or the departments that they lead."""
    if may_edit_budget(access):
        return scope_choices(organization)
    if not access.department_ids:
        return []
    return [
        (label, allowed)
        for label, entries in scope_choices(organization, [ScopeKind.DEPARTMENT.value])
        if (
            allowed := [
                entry
                for entry in entries
                if may_edit_budget(access, department_id=int(entry[0].split(":")[1]))
            ]
        )
    ]


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # nobody comes here without signing in
    return request.user
