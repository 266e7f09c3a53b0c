"""How fast months are closed and invoices finalized and put on paper.

    python -m benchmarks.invoices [--organizations 200] [--events 500] [--papers 20] [--database-url URL]

A fresh database is filled with a month of usage of each organization; then, in one process, every month is closed
and its invoice finalized. PDFs are compared with bare WeasyPrint, which is handed the same finished HTML, and the
close time of a month with that of one with the same cells of member × model × feature × day and ten times the
events in each. What is compared takes turns, because machines are uneven. The last line printed is one JSON object.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.database import Server, database, server
from config.problems import told_plainly

if TYPE_CHECKING:
    from benchmarks.invoice_rounds import Growth, Papers


@dataclass(frozen=True, kw_only=True)
class Options:
    organizations: int
    events: int
    papers: int
    pairs: int
    days: int
    rounds: int
    database_url: str


def run(options: Options) -> dict[str, Any]:
    """All measurements. Returns the figures that are printed as the last line."""
    with ExitStack() as parts:
        on = parts.enter_context(server(options.database_url))
        settings = on.settings()
        print(f"PostgreSQL: {', '.join(f'{key} {value}' for key, value in settings.items())}", flush=True)
        url = parts.enter_context(database(on, f"benchmark_{os.getpid()}"))
        _prepare_product(url)
        parts.callback(_disconnect)
        return _measured(on, options) | {"processors": os.cpu_count(), "server": settings}


def _prepare_product(url: str) -> None:
    """Set up Django on a fresh database, migrate, and load the price list."""
    os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    import django

    django.setup()
    from django.core.management import call_command

    from usage.services.price_list import apply_price_sync, preview_price_sync

    call_command("migrate", interactive=False, verbosity=0)
    apply_price_sync(diff=preview_price_sync())


def _disconnect() -> None:
    from django.db import connection

    connection.close()


def _measured(on: Server, options: Options) -> dict[str, Any]:
    from benchmarks.billed_usage import Seller
    from benchmarks.invoice_rounds import (
        check_invoices,
        fill_months,
        finalize_all,
        measure_growth,
        render_papers,
    )

    seller = Seller(_last_month())
    organizations = fill_months(seller, organizations=options.organizations, events=options.events)
    print(f"{len(organizations)} organizations with {options.events} events each", flush=True)
    began, used = time.perf_counter(), time.process_time() + on.processor_seconds()
    seconds = finalize_all(organizations, seller.month)
    elapsed = time.perf_counter() - began
    used = time.process_time() + on.processor_seconds() - used
    check_invoices(seller, organizations)
    figures = {
        "organizations": len(organizations),
        "events": options.events,
        "finalized_per_s": round(len(organizations) / elapsed, 1),
        "finalize_p50_ms": round(statistics.median(seconds) * 1000, 1),
        "finalize_p95_ms": round(sorted(seconds)[int(len(seconds) * 0.95)] * 1000, 1),
        "finalize_processor_ms": round(used / len(organizations) * 1000, 1),
        **_lines(),
    }
    print(f"{figures['finalized_per_s']} invoices a second closed and finalized", flush=True)
    figures |= _papers_figures(render_papers(options.papers, on=on))
    print(f"{figures['pdfs_per_core_s']} PDFs a second and core", flush=True)
    growth = measure_growth(seller, pairs=options.pairs, days=options.days, rounds=options.rounds)
    return figures | _growth_figures(growth)


def _last_month() -> date:
    from usage.periods import add_months, month_of

    return add_months(month_of(datetime.now(UTC).date()), -1)


def _lines() -> dict[str, float]:
    from billing.models import Invoice, InvoiceLine

    return {"lines_per_invoice": round(InvoiceLine.objects.count() / Invoice.objects.count(), 1)}


def _papers_figures(papers: "Papers") -> dict[str, Any]:
    median = statistics.median
    return {
        "papers": len(papers.product),
        "pdfs_per_core_s": round(1 / median(papers.product), 2),
        "bare_pdfs_per_core_s": round(1 / median(papers.bare), 2),
        "bare_tagged_pdfs_per_core_s": round(1 / median(papers.bare_tagged), 2),
        "pdf_ratio": _median_ratio(papers.bare, papers.product),
        "pdf_ratio_tagged": _median_ratio(papers.bare_tagged, papers.product),
        "pdf_bytes": round(statistics.mean(papers.bytes)),
    }


def _median_ratio(bare: Sequence[float], product: Sequence[float]) -> float:
    """The product's rate over that of bare WeasyPrint, of the invoice in the middle."""
    return round(statistics.median(few / many for few, many in zip(bare, product, strict=True)), 3)


def _growth_figures(growth: "Growth") -> dict[str, Any]:
    base, tenfold = statistics.median(growth.base), statistics.median(growth.tenfold)
    return {
        "growth": round(tenfold / base, 3),
        "close_base_ms": round(base * 1000, 1),
        "close_tenfold_ms": round(tenfold * 1000, 1),
        "base_events": growth.base_events,
        "tenfold_events": growth.tenfold_events,
    }


def read_options(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.invoices", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("--organizations", type=int, default=200, help="how many are invoiced (default 200)")
    parser.add_argument("--events", type=int, default=500, help="events of each in the month (500)")
    parser.add_argument("--papers", type=int, default=20, help="invoices that are rendered (20)")
    parser.add_argument("--pairs", type=int, default=3, help="pairs of months whose close is compared (3)")
    parser.add_argument("--days", type=int, default=20, help="days with usage in those months (20)")
    parser.add_argument("--rounds", type=int, default=7, help="closes of each of those months (7)")
    parser.add_argument("--database-url", default="", help="a server to use instead of a fresh embedded one")
    return Options(**vars(parser.parse_args(arguments)))


def main(arguments: Sequence[str]) -> None:
    with told_plainly():
        print(json.dumps(run(read_options(arguments))))


if __name__ == "__main__":
    main(sys.argv[1:])
