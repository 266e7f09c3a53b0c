"""Loads the ledgers that panels are measured on, quickly and as the product itself would have left them.

The product stores what every cell begins with. SQL then multiplies events, keys and messages within their cells, and
the product's own rebuild sums them up. Other organizations get the rows of one of them.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import psycopg
from psycopg import sql

from benchmarks.dashboards.clock import environment_at
from benchmarks.dashboards.company import SPREAD, Company, first_moment, history
from benchmarks.database import Server
from benchmarks.full_table import AT_ONCE, COLUMNS, copying, ledger_tables
from benchmarks.product import Installation, Sender, installation
from usage.periods import add_months, month_of, months_between

CONNECTIONS: Final = 2
BATCH: Final = 1_000
FEW: Final = 50_000
"""Events that are summed up in less time than a second process takes to start."""
RECEIVED_AFTER: Final = "interval '2 seconds'"

_LONG_AGO: Final = {
    "usage_event": f"UPDATE usage_event SET received_at = occurred_at + {RECEIVED_AFTER}",
    "usage_event_key": (
        "UPDATE usage_event_key k SET received_at = e.received_at FROM usage_event e "
        "WHERE e.organization_id = k.organization_id AND e.period = k.period AND e.id = k.event_id"
    ),
    "receipt_daily": "TRUNCATE receipt_daily",
}
"""Events came in when they happened, not all today; the rebuild makes the receipts anew."""

_GROWN: Final = {
    "usage_event": {
        "id": "(left(row.id::text, 24) || left(md5(row.id::text || copy.n), 12))::uuid",
        "transaction_id": "row.transaction_id || '+' || copy.n",
        "response_id": "row.response_id || '+' || copy.n",
        "message_id": "md5(row.message_id::text || copy.n)::uuid",
        "occurred_at": "row.occurred_at + copy.n * %(step)s::interval",
        "received_at": "row.received_at + copy.n * %(step)s::interval",
    },
    "usage_event_key": {
        "transaction_id": "row.transaction_id || '+' || copy.n",
        "event_id": "(left(row.event_id::text, 24) || left(md5(row.event_id::text || copy.n), 12))::uuid",
        "received_at": "row.received_at + copy.n * %(step)s::interval",
    },
    "usage_message": {
        "id": "md5(row.id::text || copy.n)::uuid",
        "external_id": "row.external_id || '+' || copy.n",
        "first_at": "row.first_at + copy.n * %(step)s::interval",
        "last_at": "row.last_at + copy.n * %(step)s::interval",
    },
}
"""What a copy within its cell has for itself; all else is its original's."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Events in all, before and after growth; half of the first are the measured organization's."""

    few: int
    many: int
    organizations: int
    company: Company
    small_company: Company

    @property
    def own_copies(self) -> int:
        """How often each of its events is copied, for ``many`` events in all."""
        return max(1, round((self.many - self.few) / self.company.events))

    @property
    def other_copies(self) -> int:
        return max(1, round((self.many - self.few) / (self.small_company.events * self.organizations)))


def sizes(*, few: int, many: int) -> Sizes:
    """An organization of 1,000 members among 200 others; fewer for few events, so that each has a history."""
    members = max(20, min(1_000, few // 200))
    organizations = max(2, min(200, few // 1_000))
    return Sizes(
        few=few,
        many=many,
        organizations=organizations,
        company=Company(
            members=members,
            departments=max(3, members // 80),
            projects=max(4, members // 25),
            events=few // 2,
        ),
        small_company=Company(members=12, departments=3, projects=4, events=few // 2 // organizations),
    )


def load_first(
    parts: ExitStack, *, on: Server, asked: Sizes, name: str, now: datetime, is_kept: bool
) -> Installation:
    """An installation with the first events of the measured organization and of one other; the rest is empty."""
    made = installation(parts, on=on, name=name, organizations=1 + asked.organizations, is_kept=is_kept)
    made = replace(made, environment={**made.environment, **environment_at(now)})
    with ExitStack() as served_for_both:
        served = made.serve(served_for_both, workers=CONNECTIONS)
        for place, company in enumerate((asked.company, asked.small_company)):
            with ExitStack() as sending:
                writers = made.organizations[place : place + 1] * CONNECTIONS
                sender = Sender(sending, on=on, to=served, writers=writers, batch=BATCH)
                sender.send(list(history(company, now=now, seed=place + 1)))
    with on.connect(made.database) as connection:
        connection.execute("SET synchronous_commit = off")
        for statement in _LONG_AGO.values():
            connection.execute(statement)
    rebuild(made, places=(0, 1), events=asked.few, now=now)
    return made


def grow(product: Installation, *, place: int, copies: int, events: int, now: datetime) -> None:
    """Copy each event of an organization so many times within its cell, and sum up anew; about ``events`` in all."""
    months = list(months_between(month_of(first_moment(now).date()), month_of(now.date())))
    organization = product.organizations[place].id
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(lambda month: _grow_month(product, organization, copies, month), months))
    with product.on.connect(product.database, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) usage_event, usage_event_key, usage_message")
    rebuild(product, places=(place,), events=events, now=now)


def _grow_month(product: Installation, organization: int, copies: int, month: date) -> None:
    arguments = {
        "organization": organization,
        "copies": copies,
        "step": SPREAD / 2 / (copies + 1),
        "month": month,
    }
    with product.on.connect(product.database) as connection:
        connection.execute("SET synchronous_commit = off")
        for table, own in _GROWN.items():
            names = [name for (name,) in connection.execute(COLUMNS, [table]).fetchall()]
            values = [sql.SQL(own[name]) if name in own else sql.Identifier("row", name) for name in names]
            statement = sql.SQL(
                "INSERT INTO {table} ({names}) SELECT {values} FROM {table} AS row "
                "CROSS JOIN generate_series(1, %(copies)s) AS copy(n) "
                "WHERE row.organization_id = %(organization)s AND row.period = %(month)s"
            ).format(
                table=sql.Identifier(table),
                names=sql.SQL(", ").join(map(sql.Identifier, names)),
                values=sql.SQL(", ").join(values),
            )
            connection.execute(statement, arguments)


def rebuild(product: Installation, *, places: Sequence[int], events: int, now: datetime) -> None:
    """The product's own rebuild of some organizations: of many events half of the months in each of two processes."""
    slugs, last = ",".join(f"benchmark-{place}" for place in places), now.date() + timedelta(days=1)
    first = first_moment(now).date() - timedelta(days=1)
    middle = add_months(month_of(now.date()), -6)
    parts = [(first, last)]
    if events > FEW:
        parts = [(first, middle - timedelta(days=1)), (middle, last)]
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(lambda part: product.run("benchmarks.dashboards.rebuild", slugs, *part), parts))


def multiply(product: Installation, *, template: int) -> None:
    """Give every later organization the rows of the one at place ``template``."""
    chosen = [organization.id for organization in product.organizations[template + 1 :]]
    shares = [chosen[number::CONNECTIONS] for number in range(CONNECTIONS)]
    own = product.organizations[template].id
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(lambda share: _multiply(product, own, share), shares))


def _multiply(product: Installation, template: int, organizations: list[int]) -> None:
    with product.on.connect(product.database) as connection:
        connection.execute("SET synchronous_commit = off")
        statements = [copying(connection, table) for table in ledger_tables(connection)]
        for start in range(0, len(organizations), AT_ONCE):
            for statement in statements:
                some = organizations[start : start + AT_ONCE]
                connection.execute(statement, {"template": template, "organizations": some})
            connection.commit()


def settle(product: Installation) -> dict[str, Any]:
    """What the worker, autovacuum and the checkpointer would have done by now; gives how much there is."""
    product.run("benchmarks.dashboards.upkeep")
    with product.on.connect(product.database, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
        return held(connection, product.organizations[0].id)


def held(connection: psycopg.Connection[Any], organization: int) -> dict[str, Any]:
    """Events in all and of an organization, rows of its daily rollups, and the size on disk."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM usage_event), "
        "(SELECT count(*) FROM usage_event WHERE organization_id = %(own)s), "
        "(SELECT count(*) FROM usage_daily WHERE organization_id = %(own)s), "
        "(SELECT count(*) FROM usage_hourly WHERE organization_id = %(own)s), "
        "pg_database_size(current_database())",
        {"own": organization},
    ).fetchone() or (0, 0, 0, 0, 0)
    names = ("events", "own_events", "own_daily_rows", "own_hourly_rows")
    return dict(zip(names, row, strict=False)) | {"gigabytes": round(row[-1] / 2**30, 2)}
