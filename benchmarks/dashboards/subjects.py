"""What is asked for: every panel's endpoint and page, with the filters and viewers that it is asked with.

A panel is added by a row of ``SUBJECTS``. In paths and filters stand names of ``benchmarks.dashboards.facts`` and days.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from benchmarks.dashboards.company import first_moment
from benchmarks.dashboards.requests import Ask
from usage.periods import add_months, month_of

API: Final = "/api/v1/usage/"
PAGES: Final = "/o/{slug}/"
ADMIN: Final = "/admin/panels/{slug}/"
WHOLE: Final = ("key",)
OWNER: Final = ("owner",)
STAFF: Final = ("staff",)
EVERYONE: Final = ("key", "lead", "member")
READERS: Final = ("owner", "lead", "member")
LEADERS: Final = ("owner", "lead")
ABOVE: Final = ("key", "lead")
_YEAR: Final = "from={first_day}&to={today}"
"""All 13 months."""
_HOURS: Final = "bucket=hour&range=last_7_days"
_QUARTER: Final = "range=last_90_days"
_MORE: Final = "measures=list_cost,failures,duration_ms"
"""Measures that are told beside the usual ones."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An endpoint or page. ``filters`` are query strings, the default one first."""

    name: str
    path: str
    filters: tuple[str, ...] = ("",)
    viewers: tuple[str, ...] = EVERYONE

    @property
    def is_page(self) -> bool:
        return not self.path.startswith(API)


_ENDPOINTS: Final = (
    Subject("overview", API + "overview", ("", "period={last_month}", "period={early_month}")),
    Subject(
        "timeseries",
        API + "timeseries",
        ("", _YEAR, _YEAR + "&by=model", "by=member", "department={department}", "model={model}"),
    ),
    Subject(
        "timeseries of a quarter",
        API + "timeseries",
        (
            f"{_QUARTER}&by=department",
            f"{_QUARTER}&by=project",
            f"{_QUARTER}&by=member",
            f"{_QUARTER}&by=platform",
        ),
    ),
    Subject(
        "timeseries in pages",
        API + "timeseries",
        (
            f"{_YEAR}&bucket=day&by=model",
            f"{_YEAR}&bucket=week&by=department",
            f"{_YEAR}&bucket=day&by=member&lines=20",
        ),
    ),
    Subject(
        "timeseries by the hour",
        API + "timeseries",
        (_HOURS, _HOURS + "&by=model", "bucket=hour&range=last_30_days&by=model"),
    ),
    Subject("timeseries of more", API + "timeseries", (_MORE, f"{_MORE}&by=model", f"{_MORE}&{_YEAR}")),
    Subject(
        "breakdown",
        API + "breakdown",
        (
            "by=model",
            "by=member",
            "by=member&" + _YEAR,
            "by=department&" + _YEAR,
            "by=member&model={model}",
            f"by=member&{_QUARTER}&compare=year",
        ),
    ),
    Subject("breakdown of more", API + "breakdown", (f"by=model&{_MORE}", f"by=model&{_MORE}&{_YEAR}")),
    Subject("compare", API + "compare", ("", _YEAR, "department={department}", "model={model}")),
    Subject("heatmap", API + "heatmap", ("", _YEAR, "model={model}")),
    Subject("trends", API + "trends", ("", "model={model}", "driver=member")),
    Subject("chats", API + "chats", ("", _YEAR, _YEAR + "&sort=last")),
    Subject(
        "chats searched",
        API + "chats",
        (
            "search={chat}",
            "search=qu",
            *(f"{_YEAR}&search={word}" for word in ("{chat}", "question", "question%2025", "nowhere")),
        ),
    ),
    Subject("department chats", API + "chats", ("department={department}",), viewers=WHOLE),
    Subject("member chats", API + "chats", ("member={member}",), viewers=("key", "member")),
    Subject("colleague chats", API + "chats", ("member={colleague}",), viewers=("lead",)),
    Subject("chat", API + "chats/{chat}", viewers=("key", "member")),
    Subject("messages", API + "messages", ("conversation_id={chat}",), viewers=("key", "member")),
    Subject(
        "members",
        API + "members",
        ("", _YEAR, "department={department}"),
        viewers=ABOVE,
    ),
    Subject(
        "members in other orders",
        API + "members",
        tuple(f"{_YEAR}&{asked}" for asked in ("sort=name", "sort=last_active", "search={member}")),
        viewers=ABOVE,
    ),
    Subject("departments", API + "departments", ("", _YEAR), viewers=ABOVE),
    Subject("projects", API + "projects", ("", _YEAR), viewers=ABOVE),
    Subject("health", API + "health", ("", "from={ninety_days_ago}&to={today}"), viewers=WHOLE),
    Subject("message", API + "messages/{message}", ("conversation_id={chat}",), viewers=("key", "member")),
    Subject("file", API + "files/{file}", viewers=ABOVE),
    Subject("files", API + "files", ("", "search=report-1")),
    Subject("tools", API + "tools", ("", _YEAR, "tool={tool}", "department={department}"), viewers=ABOVE),
    Subject("integrations", API + "integrations", ("", _YEAR, "model={model}")),
    Subject("integration", API + "integrations/{integration}", ("", _YEAR)),
    Subject("costs", API + "costs", ("", _YEAR, "department={department}", "model={model}")),
    Subject("months", API + "months", ("", "year={year}")),
    Subject("chat cost", API + "chats/{chat}/cost", viewers=("key", "member")),
)
_PANEL_PAGES: Final = (
    Subject("overview page", PAGES, ("", "period={last_month}"), viewers=READERS),
    Subject(
        "health page",
        PAGES + "health/",
        ("", "from={ninety_days_ago}&to={today}", "part=team"),
        viewers=OWNER,
    ),
    Subject("features page", PAGES + "features/", ("", _YEAR, "department={department}"), viewers=READERS),
    Subject("chats page", PAGES + "chats/", ("", _YEAR), viewers=READERS),
    Subject("chat page", PAGES + "chats/{chat}/", viewers=("owner", "member")),
    Subject("team page", PAGES + "team/", ("", _YEAR), viewers=LEADERS),
    Subject("members page", PAGES + "team/members/", ("", _YEAR), viewers=LEADERS),
    Subject("department page", PAGES + "team/departments/{department_id}/", ("", _YEAR), viewers=LEADERS),
    Subject("project page", PAGES + "team/projects/{project_id}/", ("", _YEAR), viewers=LEADERS),
    Subject("member page", PAGES + "team/members/{member_id}/", ("", _YEAR), viewers=("owner", "member")),
    Subject("colleague page", PAGES + "team/members/{colleague_id}/", ("", _YEAR), viewers=LEADERS),
    Subject("message page", PAGES + "chats/{chat}/messages/{message}/", viewers=("owner", "member")),
    Subject("files page", PAGES + "files/", ("", "search=report-1"), viewers=READERS),
    Subject("file page", PAGES + "files/{file}/", viewers=LEADERS),
    Subject("tools page", PAGES + "tools/", ("", _YEAR, "tool={tool}"), viewers=LEADERS),
    Subject("integrations page", PAGES + "integrations/", ("", _YEAR), viewers=READERS),
    Subject("integration page", PAGES + "integrations/{integration}/", ("", _YEAR), viewers=READERS),
    Subject("costs page", PAGES + "costs/", ("", _YEAR, "model={model}"), viewers=READERS),
    Subject("months page", PAGES + "months/", ("", "year={year}"), viewers=READERS),
    Subject("patterns page", PAGES + "patterns/", ("", _YEAR), viewers=READERS),
    Subject("trends page", PAGES + "trends/", viewers=READERS),
)
_OTHER_PAGES: Final = (
    Subject("budgets page", PAGES + "budgets/", viewers=READERS),
    Subject("invoices page", PAGES + "invoices/", viewers=OWNER),
    Subject("chat cost page", PAGES + "why/chats/{chat}/", viewers=("owner", "member")),
)
SUBJECTS: Final = (
    *_ENDPOINTS,
    *_PANEL_PAGES,
    *(
        replace(page, name=f"{page.name} in the admin", path=page.path.replace(PAGES, ADMIN), viewers=STAFF)
        for page in _PANEL_PAGES
    ),
    *_OTHER_PAGES,
)


def asks(facts: Mapping[str, Any], *, today: date, is_brief: bool = False) -> list[Ask]:
    """All requests: each subject for each of its viewers with each of its filters; a brief list has the first only."""
    every = list(_asks(_words(facts, today)))
    return list({ask.subject: ask for ask in reversed(every)}.values()) if is_brief else every


def _asks(words: Mapping[str, str]) -> Iterator[Ask]:
    for subject in SUBJECTS:
        for viewer in subject.viewers:
            for filters in subject.filters:
                given = [filters] if filters else []
                if not subject.is_page and viewer not in WHOLE:
                    given.append("organization={slug}")
                path = subject.path.format_map(words) + "?" * bool(given)
                yield Ask(subject.name, viewer, path + "&".join(given).format_map(words))


def _words(facts: Mapping[str, Any], today: date) -> dict[str, str]:
    month = month_of(today)
    found = {**facts, "message": f"{facts['chat']}-0"}
    return {name: quote(str(value), safe="") for name, value in found.items()} | {
        "today": today.isoformat(),
        "first_day": first_moment(datetime(today.year, today.month, today.day, tzinfo=UTC))
        .date()
        .isoformat(),
        "ninety_days_ago": (today - timedelta(days=90)).isoformat(),
        "last_month": f"{add_months(month, -1):%Y-%m}",
        "early_month": f"{add_months(month, -10):%Y-%m}",
        "year": str(today.year),
    }
