"""The table of members with how their budgets stand."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _

from billing.models import Budget
from billing.queries.budget_scopes import scopes_of
from billing.queries.budgets import BudgetState, seen_budgets, states_ahead
from teams.enums import ScopeKind
from usage.queries.panels.members import BesideColumn, MembersAnswer, members_panel
from usage.queries.panels.request import PanelRequest

_CELL: Final = "billing/panels/member_budgets.html"


def members_with_budgets(request: PanelRequest) -> MembersAnswer:
    """The members as ``members_panel`` reads them, each with the states of their own budgets, fullest first.

    A budget stands in its own current period, whichever days are shown. Raises ``BadFilter``.
    """
    answer = members_panel(request)
    found = _states(request, [member.row.id for member in answer.members])
    if not found:
        return answer
    return replace(
        answer,
        beside=BesideColumn(title=_("Budget"), template=_CELL),
        page=replace(
            answer.page,
            rows=tuple(
                replace(member, beside=tuple(found.get(member.row.id, ()))) for member in answer.members
            ),
        ),
    )


def _states(request: PanelRequest, member_ids: Collection[int]) -> dict[int, list[BudgetState]]:
    """Per member the states of the active budgets that the asker may see; one query where there are none."""
    member = ScopeKind.MEMBER.value
    budgets = list(
        Budget.objects.filter(
            organization=request.organization, is_active=True, scope_kind=member
        ).select_related("organization")
    )
    if not budgets or not member_ids:
        return {}
    scopes, wanted = scopes_of(request.reader.merged.into), set(member_ids)
    asked = [budget for budget in budgets if scopes.root((member, budget.scope_id))[1] in wanted]
    states = states_ahead(
        seen_budgets(asked, scopes, request.access),
        now=request.now,
        scopes=scopes,
        today={request.organization.pk: request.today},
    )()
    found: defaultdict[int, list[BudgetState]] = defaultdict(list)
    for state in sorted(states, key=lambda state: (state.ratio is None, -(state.ratio or 0), state.id)):
        found[state.scope_id].append(state)
    return found
