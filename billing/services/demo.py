"""Loads the demo once: people, prices, and 13 months of usage through the same door as everyone's."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from billing.services.demo_billing import bill_demo, ensure_demo_agreement
from billing.services.demo_budgets import ensure_demo_budgets
from billing.services.demo_directory import ensure_demo_organization, ensure_demo_users
from teams.enums import KeyScope
from teams.models import AuditEntry, Organization
from teams.services.audit import record_audit
from teams.services.keys import create_api_key
from usage.demo.generator import demo_days
from usage.demo.people import DEMO_ORGANIZATIONS, JUNIPER
from usage.demo.story import MONTHS, DemoStory
from usage.enums import Answer, EventSource
from usage.models import Price
from usage.periods import month_of, months_between
from usage.services.ingest import store_events
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods
from usage.services.price_list import apply_price_sync, preview_price_sync
from usage.services.snapshots import MEMORY

LOADED: Final = "demo.loaded"
# What a chat's answers are received after; long enough to be seen, short enough not to be late.
_ON_THE_WAY: Final = timedelta(seconds=2)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedDemo:
    """One organization of the demo. ``answers`` is empty and ``api_key`` too where it had been loaded before.

    ``api_key`` is the secret of the key that was made, known now and never again.
    """

    organization: Organization
    answers: Counter[Answer]
    api_key: str = ""

    @property
    def was_loaded_before(self) -> bool:
        return not self.answers


def load_demo(
    *, end: datetime | None = None, months: int = MONTHS, progress: Progress = lambda done, of: None
) -> list[LoadedDemo]:
    """Make the demo's organizations, load the usage of ``months`` months up to ``end`` (by default now), and bill it.

    A demo that is there stays as it is; one that was interrupted is finished, up to the end that it was begun
    with. ``progress`` is called with the days done and all of them. Raises ``DemoInTheWay``.
    """
    ensure_demo_users()
    if not Price.objects.exists():
        apply_price_sync(diff=preview_price_sync())
    pairs = [
        ensure_demo_organization(spec, end=end or timezone.now(), months=months)
        for spec in DEMO_ORGANIZATIONS
    ]
    waiting = [(organization, story) for organization, story in pairs if not _is_loaded(organization)]
    for organization, story in pairs:
        ensure_demo_agreement(organization, story)
    of, done = sum(story.length for _organization, story in waiting), 0

    def day_done() -> None:
        nonlocal done
        done += 1
        progress(done, of)

    loaded = {organization.pk: _load(organization, story, day_done) for organization, story in waiting}
    bill_demo(pairs)
    return [
        loaded.get(organization.pk) or LoadedDemo(organization=organization, answers=Counter())
        for organization, _story in pairs
    ]


def _is_loaded(organization: Organization) -> bool:
    return AuditEntry.objects.filter(organization=organization, action=LOADED).exists()


def _load(organization: Organization, story: DemoStory, day_done: Callable[[], None]) -> LoadedDemo:
    first, last = month_of(story.first_day), month_of(story.last_day)
    ensure_partitions(months_between(first, last))
    ensure_periods(organization.pk, first=first, last=last)
    MEMORY.renew_organization(organization.pk)
    answers: Counter[Answer] = Counter()
    for _day, events in demo_days(story):
        if events:
            # As if it had been sent then: data health shows when each event came in.
            latest = max(event.occurred_at for event in events)
            received_at = min(latest + _ON_THE_WAY, story.end)
            outcomes = store_events(
                organization_id=organization.pk,
                events=events,
                source=EventSource.DEMO,
                received_at=received_at,
            )
            answers.update(outcome.answer for outcome in outcomes)
        day_done()
    return _conclude(organization, answers, end=story.end)


@transaction.atomic
def _conclude(organization: Organization, answers: Counter[Answer], *, end: datetime) -> LoadedDemo:
    """Note that all of it is there, so that it is loaded once. The larger organization gets budgets and a key."""
    secret = ""
    if organization.slug == JUNIPER.slug:
        ensure_demo_budgets(organization, now=end)
        secret = create_api_key(
            organization=organization, name="Demo", scopes=[KeyScope.USAGE_WRITE, KeyScope.USAGE_READ]
        ).secret
    record_audit(
        action=LOADED,
        subject=organization,
        organization=organization,
        facts={answer.value: count for answer, count in answers.items()},
    )
    return LoadedDemo(organization=organization, answers=answers, api_key=secret)
