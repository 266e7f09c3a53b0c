"""Lists of chats and files over random ledgers: for everybody what SQL over the raw events says, in order, by pages.

Some chats are shared and some are not, events are voided and come late, and chats are marked as quiet at any moment.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from time_machine import travel

from teams.enums import Role
from teams.models import Department, Member, Organization
from teams.permissions import Access, Visible, usage_scope
from tests.teams.factories import MemberFactory
from tests.usage.fuzz.effort import whole_ledgers
from tests.usage.ingest.calls import calls
from tests.usage.ledger.ledgers import check, filling
from tests.usage.ledger_fixtures import RECEIVED
from tests.usage.ledger_tables import agreed_world, organization_of
from usage.events import Event
from usage.models import Chat
from usage.panels.chats import ChatRow
from usage.panels.paging import Turn
from usage.queries.files import file_detail
from usage.queries.panels import chat_list, chat_parts, quiet_chats
from usage.queries.panels.chats import CHAT_FILTERS, MOST_DAYS_OF_A_SHORT_SEARCH, chats_panel
from usage.queries.panels.files import BY_COST, file_list
from usage.queries.panels.request import panel_request
from usage.services.quiet_chats import mark_quiet_chats
from usage.services.snapshots import MEMORY

pytestmark = pytest.mark.django_db

ZONES: Final = ("UTC", "Asia/Kathmandu", "America/St_Johns")
ORDERS: Final = {"cost": "cost", "tokens": "tokens", "last": "last_at"}
FIRST_DAY, LAST_DAY = date(2026, 3, 20), date(2026, 6, 16)

# Of chats whose figures are told whole a message with usage in two months counts in both.
_CHATS: Final = """
SELECT e.chat_id, sum(calls), sum(input_tokens), sum(output_tokens), sum(duration_ms),
    coalesce(sum(contracted_cost), 0) AS cost, sum(unpriced), min(occurred_at), max(occurred_at) AS last_at,
    CASE WHEN %(is_whole)s THEN count(DISTINCT (period, message_id)) ELSE count(DISTINCT message_id) END,
    sum(input_tokens + output_tokens) AS tokens
FROM usage_event e WHERE organization_id = %(organization)s AND chat_id IS NOT NULL AND {seen} AND {chosen}
GROUP BY chat_id HAVING bool_or(local_date BETWEEN %(first)s AND %(last)s) AND (
    sum(calls) <> 0 OR sum(input_tokens) <> 0 OR sum(output_tokens) <> 0 OR coalesce(sum(contracted_cost), 0) <> 0
    OR sum(unpriced) <> 0)
ORDER BY {order} DESC, chat_id DESC
"""
_FILES: Final = """
SELECT id, sum(uses), sum(tokens), sum(cached), sum(cost), sum(processing), count(*) FILTER (
    WHERE chat_id IS NOT NULL AND (uses <> 0 OR tokens <> 0 OR cached <> 0 OR cost <> 0))
FROM (
    SELECT (file->>'id')::uuid AS id, chat_id, sum((file->>'uses')::bigint) AS uses,
        sum((file->>'tokens')::bigint) AS tokens, sum((file->>'cache_read_tokens')::bigint) AS cached,
        sum(coalesce((file->>'cost')::numeric, 0)) AS cost,
        sum(coalesce((file->>'processing_cost')::numeric, 0)) AS processing
    FROM usage_event, jsonb_array_elements(files) file
    WHERE organization_id = %(organization)s AND files IS NOT NULL AND {seen} GROUP BY 1, 2
) by_chat
GROUP BY id HAVING sum(uses) <> 0 OR sum(tokens) <> 0 OR sum(cost) <> 0 OR sum(processing) <> 0
ORDER BY sum(cost) DESC, sum(tokens) DESC, id
"""


@dataclass(frozen=True)
class Asker:
    """Someone of the organization; ``seen`` is SQL of the events that they may see."""

    access: Access
    seen: str


@st.composite
def sent_in_chats(draw: st.DrawFn) -> Event:
    """An event of a chat that many use, of one that only its member uses in that department, or of none."""
    call = draw(calls())
    own = f"{call.member_id} in {call.department_id}, {draw(st.integers(0, 4))}"
    return replace(call, conversation_id=draw(st.sampled_from((own, own, own, "ours", "theirs", ""))))


@whole_ledgers(6)
@given(
    sent=st.lists(sent_in_chats(), min_size=15, max_size=60),
    zone=st.sampled_from(ZONES),
    seed=st.integers(0, 2**32),
)
def test_lists_are_what_the_events_say(sent: list[Event], zone: str, seed: int) -> None:
    chance = random.Random(seed)
    organization = ledger_of(sent, zone=zone, chance=chance)
    assert check(organization).is_clean
    with travel(RECEIVED, tick=False), pytest.MonkeyPatch.context() as patch:
        for asker in askers(organization):
            patch.setattr(chat_parts, "_FEW", chance.choice((0, 1, 200)))
            patch.setattr(chat_list, "MOST_LOOKED_AT", chance.choice((0, 20, 6500)))
            patch.setattr(quiet_chats, "_SLACK", chance.choice((0.1, 1, 2.75)))
            for chosen, among in filters(organization, chance):
                days = chance.choice((None, any_days(chance), any_days(chance))) or (FIRST_DAY, LAST_DAY)
                for order in ORDERS:
                    check_chats(organization, asker, order, days, chosen, among)
            check_files(organization, asker)


def ledger_of(sent: Sequence[Event], *, zone: str, chance: random.Random) -> Organization:
    MEMORY.forget()
    organization = organization_of(agreed_world(zone))
    for _left in filling(organization, sent, chance=chance, most_voided=2):
        if chance.random() < 0.5:
            mark_quiet_chats(RECEIVED - timedelta(days=chance.choice((-9, 0, 20, 60))))
    return organization


def askers(organization: Organization) -> Iterator[Asker]:
    """An owner, the lead of Research, who is Dana and sometimes elsewhere, and Bob."""
    research, _ = Department.objects.get_or_create(organization=organization, external_id="research")
    dana, bob = (
        Member.objects.get_or_create(organization=organization, external_id=name)[0]
        for name in ("dana", "bob")
    )
    owner = MemberFactory(organization=organization)
    yield Asker(Access(organization_id=organization.pk, role=Role.OWNER, member_id=owner.pk), "true")
    lead = Access(
        organization_id=organization.pk,
        role=Role.DEPARTMENT_LEAD,
        member_id=dana.pk,
        department_ids=frozenset({research.pk}),
    )
    yield Asker(lead, f"(department_id = {research.pk} OR member_id = {dana.pk})")
    own = Access(organization_id=organization.pk, role=Role.MEMBER, member_id=bob.pk)
    yield Asker(own, f"member_id = {bob.pk}")


def filters(organization: Organization, chance: random.Random) -> Iterator[tuple[dict[str, list[str]], str]]:
    """No filter, one, and both; beside each its SQL."""
    member, department = chance.choice(("bob", "dana", "unattributed")), chance.choice(("legal", "research"))
    by_member = {"member": [member]}, f"member_id = {id_of(Member, organization, member)}"
    by_department = (
        {"department": [department]},
        f"department_id = {id_of(Department, organization, department)}",
    )
    yield {}, "true"
    yield by_member
    yield by_department
    yield by_member[0] | by_department[0], f"{by_member[1]} AND {by_department[1]}"


def id_of(model: Any, organization: Organization, name: str) -> int:
    if name == "unattributed":
        return 0
    return int(model.objects.get_or_create(organization=organization, external_id=name)[0].pk)


def any_days(chance: random.Random) -> tuple[date, date]:
    first = FIRST_DAY + timedelta(days=chance.randrange((LAST_DAY - FIRST_DAY).days))
    return first, min(LAST_DAY, first + timedelta(days=chance.choice((0, 1, 6, 30))))


def check_chats(
    organization: Organization,
    asker: Asker,
    order: str,
    days: tuple[date, date],
    chosen: Mapping[str, list[str]],
    among: str,
) -> None:
    is_whole = asker.seen == "true" and not chosen
    expected = rows(
        _CHATS.format(seen=asker.seen, chosen=among, order=ORDERS[order]),
        organization=organization.pk,
        first=days[0],
        last=days[1],
        is_whole=is_whole,
    )
    found = [told(chat) for chat in paged(organization, asker, days, chosen, sort=order)]
    assert found == [row[:-1] for row in expected], (order, days, chosen, asker)
    names = dict(Chat.objects.filter(organization=organization).values_list("pk", "external_id"))
    short = " In " if (days[1] - days[0]).days < MOST_DAYS_OF_A_SHORT_SEARCH else "n LEG"
    for word in ("OURS", short):
        searched = paged(organization, asker, days, chosen, sort=order, search=word)
        assert [chat.id for chat in searched] == [
            row[0] for row in expected if word.strip().lower() in names[row[0]].lower()
        ]


def paged(
    organization: Organization,
    asker: Asker,
    days: tuple[date, date],
    chosen: Mapping[str, list[str]],
    **asked: str,
) -> list[ChatRow]:
    """All rows of a list, page by page; on the way back its pages are the same."""
    pages: list[list[ChatRow]] = []
    cursor, back = "", ""
    while not pages or cursor:
        answer = chats(organization, asker, days, chosen, **asked, cursor=cursor)
        pages.append(list(answer.page.rows))
        cursor, back = answer.page.next, answer.page.previous
    for page in reversed(pages[:-1]):
        answer = chats(organization, asker, days, chosen, **asked, cursor=back)
        assert list(answer.page.rows) == page
        back = answer.page.previous
    return [chat for page in pages for chat in page]


def chats(
    organization: Organization,
    asker: Asker,
    days: tuple[date, date],
    chosen: Mapping[str, list[str]],
    **asked: str,
) -> Any:
    parameters = {"from": [f"{days[0]}"], "to": [f"{days[1]}"], "page_size": ["3"], **chosen}
    request = panel_request(
        organization=organization,
        access=asker.access,
        parameters=parameters | {name: [value] for name, value in asked.items()},
        dimensions=CHAT_FILTERS,
        now=datetime.now(tz=RECEIVED.tzinfo),
    )
    return chats_panel(request)


def told(chat: ChatRow) -> tuple[Any, ...]:
    return (
        chat.id,
        chat.calls,
        chat.input_tokens,
        chat.output_tokens,
        chat.duration_ms,
        chat.contracted_cost,
        chat.unpriced_events,
        chat.first_at,
        chat.last_at,
        chat.messages,
    )


def check_files(organization: Organization, asker: Asker) -> None:
    visible: Visible = usage_scope(asker.access)
    expected = rows(_FILES.format(seen=asker.seen), organization=organization.pk)
    found = file_list(organization.pk, visible=visible, turn=Turn(order=BY_COST))
    assert [
        (
            row.uses,
            row.input_tokens,
            row.cache_read_input_tokens,
            row.contracted_cost,
            row.processing_cost,
            row.chat_count,
        )
        for row in found.page.rows
    ] == [row[1:] for row in expected], asker
    assert found.totals.files == len(expected)
    for row in found.page.rows:
        detail = file_detail(organization.pk, row.file_id, visible=visible)
        assert detail is not None
        assert (detail.uses, detail.input_tokens, detail.cache_read_input_tokens, detail.contracted_cost) == (
            row.uses,
            row.input_tokens,
            row.cache_read_input_tokens,
            row.contracted_cost,
        )
        assert detail.processing_cost == row.processing_cost


def rows(statement: str, **arguments: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchall()
