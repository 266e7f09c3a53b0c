"""The PDF itself: what it says, how it breaks, and that it fetches nothing."""

import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from billing.pdf_layout import html_to_pdf
from billing.services.invoice_paper import invoice_html
from config.settings import BASE_DIR
from tests.billing.invoice_factories import SEPTEMBER, charge
from tests.billing.invoice_paper.reading import lines_of, pages_of
from tests.billing.invoice_paper.samples import facts_of
from usage.enums import ChargeKind

HOSTILE = "<img src=file:///etc/passwd><script>alert(1)</script>"


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """What is opened while a test runs: addresses and files, without what the layout engine brings along."""
    seen: list[str] = []

    def listen(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event in ("open", "socket.connect", "socket.getaddrinfo"):
            seen.append(f"{event} {arguments[0] if event == 'open' else arguments[1:]}")

    listening = True
    sys.addaudithook(listen)
    yield seen
    listening = False


def test_a_german_invoice_in_euros():
    charges = [
        charge(quantity=12_345_678, price="2.50"),
        charge(ChargeKind.OUTPUT, 2_000_000, "10"),
        charge(quantity=1_000_000, price="2.50", month=SEPTEMBER),
    ]
    facts = facts_of(
        charges, language="de", currency="EUR", units_per_usd="0.9", tax_name="USt.", features={"chat": 1}
    )
    first, second = pages_of(html_to_pdf(invoice_html(facts)))
    # 12.345678 × 2.25 = 27.7777755; 2 × 9 = 18; 2.25 came late; 99 + 48.03 = 147.03; 19 % are 27.9357.
    for line in (
        "Rechnung INV-00012",
        "174,97 €",
        "30.11.2026",
        "Leistungszeitraum 1.–31. Okt. 2026",
        "Grundgebühr Team 99,00",
        "Nutzung 14.345.678 Tokens 45,78",
        "Nachberechnung September 2026 2,25",
        "Netto 147,03",
        "USt. 19 % auf 147,03 27,94",
        "Gesamtbetrag 174,97 €",
        "IBAN DE89 3704 0044 0532 0130 00",
        "1 von 2",
    ):
        assert line in first.splitlines()
    for line in (
        "Ledger Works GmbH · Rechnung INV-00012",
        "Eingabe, nicht im Cache 12.345.678 Tokens 2,25 je Million 27,78",
        "Ausgabe 2.000.000 Tokens 9,00 je Million 18,00",
        "Nachberechnung für September 2026 2,25",
        "chat 100,0 % 48,03",
    ):
        assert line in second.splitlines()


def test_three_hundred_lines_break_well():
    kinds = list(ChargeKind)[:5]
    charges = [
        charge(kind, 1_000_000 + number, f"{number + 1}.00", model=f"model-{number:02d}")
        for number in range(60)
        for kind in kinds
    ]
    content = html_to_pdf(invoice_html(facts_of(charges, departments={"Research": 2, "Sales": 1})))
    pages = pages_of(content)
    assert len(pages) < 16
    heads = [page for page in pages[1:-1] if "Model Quantity Unit price USD" in page.splitlines()]
    assert len(heads) == len(pages) - 2, "the table's head stands on each of its pages"
    for number, page in enumerate(pages, start=1):
        assert f"{number} of {len(pages)}" in page.splitlines()
    for number in range(60):
        # A model's rows stay together: its name, five rows, and what they come to.
        (page,) = (page for page in pages if f"model-{number:02d} openai" in page)
        rows = page.split(f"model-{number:02d} openai")[1].splitlines()[1:6]
        assert all(f"{1_000_000 + number:,} tokens {number + 1}.00 per million" in row for row in rows)
    usage = [page for page in pages if "Usage of October 2026" in page]
    assert "model-59 openai" in usage[0], "the sum is not left alone"


def test_the_same_invoice_gives_the_same_bytes_in_any_process(tmp_path: Path):
    html = invoice_html(facts_of([charge()], language="de", features={"chat": 1}, departments={"Ä": 1}))
    page = tmp_path / "page.html"
    page.write_text(html)
    here = hashlib.sha256(html_to_pdf(html)).hexdigest()
    elsewhere = subprocess.run(
        [
            sys.executable,
            "-c",
            "import hashlib, sys; from billing.pdf_layout import html_to_pdf;"
            "print(hashlib.sha256(html_to_pdf(open(sys.argv[1]).read())).hexdigest())",
            str(page),
        ],
        cwd=BASE_DIR,
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert elsewhere.stdout.strip() == here


def test_it_says_what_it_is_to_programs_too():
    reader = PdfReader(BytesIO(html_to_pdf(invoice_html(facts_of(language="de")))))
    root: Any = reader.trailer["/Root"]
    assert (reader.metadata.title, reader.metadata.author) == ("Rechnung INV-00012", "Ledger Works GmbH")
    assert root["/Lang"] == "de"
    assert root["/MarkInfo"]["/Marked"]


def test_names_with_markup_are_names_and_nothing_is_fetched(opened: list[str], monkeypatch):
    """Edge case 35."""
    facts = facts_of(
        [charge(model=HOSTILE), charge(model="</style>@import url(http://x.example/a.css)")],
        features={HOSTILE: 1},
        departments={"<link rel=attachment href=file:///etc/passwd>": 1},
        issuer={"legal_name": f"{HOSTILE} GmbH"},
        buyer={"legal_name": HOSTILE, "address": HOSTILE, "purchase_order": HOSTILE},
        number=HOSTILE[:40],
    )
    monkeypatch.setattr(socket, "socket", None)
    content = html_to_pdf(invoice_html(facts))
    assert not [what for what in opened if "passwd" in what or not what.startswith("open ")]
    text = "".join(lines_of(content)).replace(" ", "")
    assert text.count("<imgsrc=file:///etc/passwd>") >= 6
    assert "</style>@importurl(http://x.example/a.css)" in text
    assert "root:" not in text
    assert not PdfReader(BytesIO(content)).attachments


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://127.0.0.1:9/", "data:image/png;base64,AA=="]
)
def test_even_markup_of_our_own_could_not_fetch(address: str, opened: list[str]):
    content = html_to_pdf(
        f'<link rel="stylesheet" href="{address}"><style>@import "{address}"; p {{ background: url({address}) }}'
        f'</style><link rel="attachment" href="{address}"><p>Words</p><img src="{address}"><object data="{address}">'
    )
    assert not [what for what in opened if "passwd" in what or not what.startswith("open ")]
    assert "Words" in lines_of(content)[0]
    assert "/Image" not in str(PdfReader(BytesIO(content)).pages[0].get("/Resources"))


def test_a_name_cannot_turn_the_figures_beside_it_around():
    facts = facts_of([charge(model="\u202emodel\u2067")])
    assert "model openai 2.50" in lines_of(html_to_pdf(invoice_html(facts)))


def test_a_billion_rupiah_fit_on_their_line():
    """Edge case 22."""
    facts = facts_of([charge(quantity=10**9)], currency="IDR", units_per_usd="400000", base_fee="1000000000")
    lines = lines_of(html_to_pdf(invoice_html(facts)))
    assert "Base fee Team 1,000,000,000.00" in lines
    assert "Input, not cached 1,000,000,000 tokens 1,000,000.00 per million 1,000,000,000.00" in lines
    assert "Total IDR 2,380,000,000.00" in lines


def test_the_paper_says_what_the_model_says_to_the_cent():
    """Edge case 21: paper and stored figures are the same text."""
    facts = facts_of([charge(quantity=10_000, price="3", model=f"m{n}") for n in range(3)], base_fee="0")
    lines = lines_of(html_to_pdf(invoice_html(replace(facts, language="de", currency="EUR"))))
    assert facts.total == Decimal("0.11")
    assert "Gesamtbetrag 0,11 €" in lines
    assert [line for line in lines if line.endswith(" 0,03")][:2] == [
        "m0 openai 0,03",
        "Eingabe, nicht im Cache 10.000 Tokens 3,00 je Million 0,03",
    ]
