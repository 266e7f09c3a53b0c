"""What is measured about invoices. Import it once Django is set up."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import weasyprint
from django.db import connection

from benchmarks.billed_usage import Seller, same_cells, store_usage, working_month
from benchmarks.database import Server
from benchmarks.web import BenchmarkProblem
from billing.models import Invoice
from billing.queries.invoice_check import invoice_differences, missing_numbers
from billing.queries.invoice_paper import invoice_facts
from billing.services.invoice_paper import invoice_html, render_invoice_pdf
from billing.services.invoices import discard_draft, finalize_invoice
from billing.services.month_close import close_month
from teams.models import Organization


@dataclass(kw_only=True)
class Papers:
    """Processor seconds per PDF, PostgreSQL's included, and the pages and bytes of the product's."""

    product: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    bare_tagged: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)


@dataclass(kw_only=True)
class Growth:
    """Seconds per close with the base events and with ten times as many in the same cells."""

    base: list[float] = field(default_factory=list)
    tenfold: list[float] = field(default_factory=list)
    base_events: int = 0
    tenfold_events: int = 0


def fill_months(seller: Seller, *, organizations: int, events: int) -> list[Organization]:
    """Organizations with a month of usage each."""
    made = []
    for number in range(organizations):
        made.append(seller.organization(f"organization-{number}"))
        store_usage(made[-1], working_month(seller.month, events, seed=number))
    _gather_statistics()
    return made


def finalize_all(organizations: Sequence[Organization], month: date) -> list[float]:
    """Close the month of each and finalize its invoice; seconds that each took."""
    seconds = []
    for organization in organizations:
        began = time.perf_counter()
        finalize_invoice(invoice_id=_closed(organization, month).pk)
        seconds.append(time.perf_counter() - began)
    return seconds


def check_invoices(seller: Seller, organizations: Sequence[Organization]) -> None:
    """Every organization has its invoice, no number is missing, and each says what the ledger says."""
    if Invoice.objects.filter(number__isnull=False).count() != len(organizations):
        raise BenchmarkProblem("there are not as many invoices as organizations")
    wrong = [*missing_numbers(seller.issuer.pk)]
    for organization in organizations:
        wrong += map(str, invoice_differences(organization.pk))
    if wrong:
        raise BenchmarkProblem("\n".join(wrong[:10]))


def render_papers(count: int, *, on: Server) -> Papers:
    """Render the PDF of every n-th invoice as the product does, and bare WeasyPrint the same HTML, in turns."""
    ids = list(Invoice.objects.order_by("pk").values_list("pk", flat=True))
    chosen = ids[:: max(1, len(ids) // count)][:count]
    weasyprint.HTML(string=_html(chosen[0])).write_pdf()  # Fonts are found once per process.
    papers = Papers()
    for turn, invoice_id in enumerate(chosen):
        html = _html(invoice_id)
        turns: list[tuple[list[float], Callable[[], int]]] = [
            (papers.product, partial(_render, invoice_id)),
            (papers.bare, partial(_bare, html, pdf_tags=False)),
            (papers.bare_tagged, partial(_bare, html, pdf_tags=True)),
        ]
        for number in range(len(turns)):
            seconds, work = turns[(turn + number) % len(turns)]
            gc.collect()  # Nobody pays for what another left behind.
            before = time.process_time() + on.processor_seconds()
            size = work()
            seconds.append(time.process_time() + on.processor_seconds() - before)
            papers.bytes += [size] if seconds is papers.product else []
    return papers


def measure_growth(seller: Seller, *, pairs: int, days: int, rounds: int) -> Growth:
    """Close the same months over and over, in turns; each draft is discarded before the next close."""
    growth = Growth()
    base, tenfold = [], []
    for number in range(pairs):
        base.append(seller.organization(f"base-{number}"))
        growth.base_events = store_usage(base[-1], same_cells(seller.month, days=days, each=1))
        tenfold.append(seller.organization(f"tenfold-{number}"))
        growth.tenfold_events = store_usage(tenfold[-1], same_cells(seller.month, days=days, each=10))
    _gather_statistics()
    for turn in range(rounds + 1):
        for few, many in zip(base, tenfold, strict=True):
            turns = [(few, growth.base), (many, growth.tenfold)]
            for organization, seconds in turns if turn % 2 else reversed(turns):
                took = _close_and_discard(organization, seller.month)
                # The first turn warms caches and plans.
                seconds += [took] if turn else []
    return growth


def _close_and_discard(organization: Organization, month: date) -> float:
    began = time.perf_counter()
    draft = _closed(organization, month)
    took = time.perf_counter() - began
    discard_draft(invoice_id=draft.pk)
    return took


def _closed(organization: Organization, month: date) -> Invoice:
    draft = close_month(organization=organization, period=month)
    if draft is None:
        raise BenchmarkProblem(f"{organization} is charged nothing")
    return draft


def _html(invoice_id: int) -> str:
    return invoice_html(invoice_facts(Invoice.objects.get(pk=invoice_id)))


def _render(invoice_id: int) -> int:
    invoice = Invoice.objects.select_related("organization", "pdf").get(pk=invoice_id)
    return len(render_invoice_pdf(invoice).content)


def _bare(html: str, *, pdf_tags: bool) -> int:
    return len(weasyprint.HTML(string=html).write_pdf(pdf_tags=pdf_tags))


def _gather_statistics() -> None:
    """What autovacuum would have done by the end of a month."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
