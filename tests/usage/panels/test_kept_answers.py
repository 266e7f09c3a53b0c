"""Every answer is the same whether months are read from their sums or from their days, and whether days before the
first usage are read or left out; and whether lines over time are read beside all usage or are all of it."""

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from time_machine import travel

from billing.enums import BudgetUnit
from billing.services.budgets import create_budget
from teams.enums import ScopeKind
from teams.models import Department, Organization
from tests.usage.fuzz.effort import examples
from tests.usage.ingest.calls import calls
from tests.usage.ledger_fixtures import RECEIVED, event, store
from tests.usage.ledger_tables import agreed_world, organization_of
from tests.usage.panels.askers import SUMMED_UP_AT, ZONES, Asker, askers, ledger_of
from usage.events import Event
from usage.models import Integration, UsagePeriod
from usage.panels.measures import FURTHER
from usage.panels.parts import parts_of
from usage.queries.panels import series, sums
from usage.services.month_sums import keep_all_month_sums

pytestmark = pytest.mark.django_db

RANGES: Final = (
    {"from": "2026-03-01", "to": "2026-06-30"},
    {"from": "2026-03-04", "to": "2026-05-30"},
    {"from": "2026-04-01", "to": "2026-05-31", "compare": "year"},
    {"from": "2025-05-01", "to": "2026-06-30"},
    {"from": "2025-05-01", "to": "2025-06-30"},
    {"range": "last_month"},
)
MEASURES: Final = ",".join(FURTHER)
PANELS: Final = (
    "costs",
    "tools",
    "integrations",
    "members",
    "departments",
    "projects",
    "heatmap",
    "trends",
    "compare",
    "timeseries?bucket=month&by=model",
    f"timeseries?bucket=month&measures={MEASURES}",
    f"timeseries?bucket=month&by=platform&measures={MEASURES}",
    f"breakdown?by=model&measures={MEASURES}",
    "timeseries?by=member",
    "breakdown?by=feature",
    "breakdown?by=integration",
)
OWN: Final[dict[str, tuple[dict[str, str], ...]]] = {
    "overview": ({}, *({"period": f"2026-0{month}"} for month in range(3, 7))),
    "months": ({}, {"year": "2025"}, {"year": "2026"}),
}
"""What is asked of panels without a range and filters."""
COMPARE_NOTHING: Final = ("heatmap", "trends", "timeseries")
FILTERS: Final[tuple[dict[str, str], ...]] = ({}, {"department": "research"}, {"model": "gpt-4o"})
REFUSED: Final = (400, 403, 404)
"""What a role does not see or know of, or a panel is not kept by, stays so."""


def asked(organization: Organization) -> Iterator[tuple[str, dict[str, Any]]]:
    integrations = Integration.objects.filter(organization=organization).values_list("external_id", flat=True)
    pages = [f"integrations/{name}" for name in integrations if name and name.isalnum()]
    for panel in (*PANELS, *pages):
        for days in RANGES:
            for chosen in FILTERS:
                asks = days | chosen
                if panel.startswith(COMPARE_NOTHING):
                    asks.pop("compare", None)
                yield panel, asks
    for panel, several in OWN.items():
        yield from ((panel, asks) for asks in several)


def budgets_of(organization: Organization) -> None:
    """Budgets in money and in tokens, of all and of a department: their months are read from sums as well."""
    research, _ = Department.objects.get_or_create(organization=organization, external_id="research")
    for kind, scope_id in ((ScopeKind.ORGANIZATION, organization.pk), (ScopeKind.DEPARTMENT, research.pk)):
        for unit in BudgetUnit:
            create_budget(
                organization=organization,
                name=f"{kind} in {unit}",
                scope_kind=kind,
                scope_id=scope_id,
                limit=Decimal(100),
                unit=unit,
            )


def answer(asker: Asker, panel: str, parameters: dict[str, Any]) -> tuple[int, Any]:
    path, _, more = panel.partition("?")
    query = "&".join(filter(None, (more, urlencode({"organization": asker.slug} | parameters))))
    response = asker.client.get(f"/api/v1/usage/{path}?{query}")
    assert response.status_code in (200, *REFUSED), response.content
    return response.status_code, json.loads(response.content)


@settings(
    max_examples=examples(2),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=tuple(HealthCheck),
)
@given(
    sent=st.lists(calls(), min_size=20, max_size=40), zone=st.sampled_from(ZONES), seed=st.integers(0, 2**32)
)
def test_no_answer_changes_when_months_are_summed_up(sent: list[Event], zone: str, seed: int) -> None:
    organization = ledger_of(sent, zone=zone, seed=seed, keeps=False)
    budgets_of(organization)
    chance = random.Random(seed)
    with travel(RECEIVED, tick=False):
        everybody = list(askers(organization))
        questions = chance.sample(list(asked(organization)), 30)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sums, "parts_of", lambda spans, kept, since: parts_of(spans, kept=kept))
            patch.setattr(series, "_FEW_OTHERS", -10)
            before = [answer(asker, *question) for asker in everybody for question in questions]
        assert keep_all_month_sums(now=chance.choice(SUMMED_UP_AT[:-1])) > 0
        # Some months only, as when an event came late.
        standing = list(UsagePeriod.objects.filter(organization=organization, sums="kept"))
        for period in chance.sample(standing, len(standing) // 3):
            UsagePeriod.objects.filter(pk=period.pk).update(sums="none")
        after = [answer(asker, *question) for asker in everybody for question in questions]
    told = [(asker.slug, question) for asker in everybody for question in questions]
    assert [(one, old) for one, old, new in zip(told, before, after, strict=True) if old != new] == []
    assert sum(status == 200 for status, _body in before) > len(before) // 2


def test_days_before_the_first_usage_tell_of_nothing() -> None:
    """They are not read at all, and every panel says the same of them as if they were."""
    organization = organization_of(agreed_world("Asia/Kathmandu"))
    store(organization, event(conversation_id="c", integration_id="bot"))
    # The event is of May 2026.
    early, both = {"from": "2025-01-01", "to": "2025-03-31"}, {"from": "2025-01-01", "to": "2026-05-31"}
    with travel(RECEIVED, tick=False):
        questions = [
            (panel, days)
            for panel in (*PANELS, "integrations/bot")
            for days in (early, both)
            if days == early or "measures" not in panel
        ]
        everybody = list(askers(organization))
        read = [answer(asker, *question) for asker in everybody for question in questions]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sums, "parts_of", lambda spans, kept, since: parts_of(spans, kept=kept))
            assert read == [answer(asker, *question) for asker in everybody for question in questions]
    assert {status for status, _body in read[: len(questions)]} == {200}
