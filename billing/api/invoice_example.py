"""A small invoice for the API's documentation."""

from typing import Any, Final

SUMMARY: Final[dict[str, Any]] = {
    "number": "INV-00024",
    "period": "2026-10",
    "status": "finalized",
    "payment_status": "partially_paid",
    "is_overdue": False,
    "currency": "USD",
    "issuing_date": "2026-11-02",
    "payment_due_date": "2026-12-02",
    "net_total": "24.00",
    "tax_total": "4.56",
    "total": "28.56",
    "paid_total": "10.00",
    "amount_due": "18.56",
    "has_pdf": True,
}
PAGE: Final[dict[str, Any]] = {
    "page": {
        "next": "https://ledger.example/api/v1/billing/invoices?cursor=cD0yMDI2LTEwLTAx",
        "previous": None,
    },
    "results": [SUMMARY],
}


def _line(position: int, **fields: Any) -> dict[str, Any]:
    return {
        "position": position,
        "kind": "usage",
        "charge_category": "Usage",
        "service_period": "2026-10",
        "description": "",
        "provider_name": "openai",
        "model_name": "GPT-4o",
        "service_tier": "",
        "charge_kind": "input",
        "context_threshold": 0,
        "tax_rate": "19.000",
        **fields,
    }


INVOICE: Final[dict[str, Any]] = {
    **SUMMARY,
    "time_zone": "Europe/Berlin",
    "units_per_usd": "1",
    "void_reason": "",
    "issuer": {
        "legal_name": "Ledger Works GmbH",
        "address": "Speicherstraße 12\n10115 Berlin",
        "country": "DE",
        "tax_id": "DE123456788",
    },
    "buyer": {
        "legal_name": "Acme Ltd",
        "address": "1 Main Street",
        "country": "US",
        "tax_id": "",
        "purchase_order": "PO-4711",
    },
    "lines": [
        _line(
            1,
            kind="base_fee",
            charge_category="Purchase",
            description="Team",
            provider_name="",
            model_name="",
            charge_kind="",
            quantity=1,
            unit_price=None,
            cost=None,
            amount="20.00",
        ),
        _line(2, quantity=1_000_000, unit_price="0.000002", cost="2", amount="2.00"),
        _line(3, charge_kind="output", quantity=200_000, unit_price="0.00001", cost="2", amount="2.00"),
    ],
    "taxes": [{"name": "VAT", "rate": "19.000", "taxable_amount": "24.00", "tax_amount": "4.56"}],
    "shares": [
        {"dimension": "department", "name": "Research", "cost": "4", "amount": "4.00"},
        {"dimension": "feature", "name": "chat", "cost": "3", "amount": "3.00"},
        {"dimension": "feature", "name": "", "cost": "1", "amount": "1.00"},
    ],
    "payments": [
        {"paid_on": "2026-11-12", "method": "bank transfer", "reference": "TRX-1", "amount": "10.00"}
    ],
    "lines_digest": "6f1c5f0e8b7a4d2f9c3e1a0b5d7f9e2c4a6b8d0f1e3c5a7b9d2f4e6a8c0b1d3f",
    "pdf": {
        "filename": "INV-00024.pdf",
        "sha256": "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "size": 48353,
    },
}
