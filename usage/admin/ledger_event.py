"""The page of one event: every column in words, its cost line by line, and its corrections."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Field
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from teams.templatetags.figures import count
from usage.admin.ledger_values import (
    ABSENT,
    event_url,
    instant_text,
    written_cost,
    written_value,
)
from usage.admin.prices import quoted_price, quoted_unit
from usage.corrections import NetFigures, net_figures
from usage.cost_lines import CostLine
from usage.enums import Correction
from usage.models import UsageEvent, UsagePeriod
from usage.price_catalogue import ALWAYS
from usage.queries.ledger_pages import EventDetail
from usage.why_cost import PriceFacts

_HIDDEN: Final = ("xid",)
_SECTIONS: Final = (
    (
        gettext_lazy("When"),
        ("occurred_at", "sent_occurred_at", "received_at", "local_date", "hour_start", "period", "close_number"),
    ),
    (
        gettext_lazy("Who and where"),
        ("organization_id", "member_id", "department_id", "project_id", "integration_id", "feature", "platform"),
    ),
    (
        gettext_lazy("Model call"),
        (
            "model_id", "provider_name", "request_model", "response_model", "response_id", "operation_name",
            "service_tier", "calls", "failures", "error_type", "duration_ms", "time_to_first_token_ms",
            "latency_bucket",
        ),
    ),
    (
        gettext_lazy("Tokens"),
        (
            "input_tokens", "cache_read_input_tokens", "cache_creation_5m_input_tokens",
            "cache_creation_1h_input_tokens", "audio_input_tokens", "image_input_tokens", "output_tokens",
            "reasoning_output_tokens", "audio_output_tokens", "audio_seconds", "web_search_calls", "code_run_calls",
            "user_text_tokens", "context_tokens", "file_tokens", "system_tokens", "tool_result_tokens",
            "tool_call_tokens",
        ),
    ),
    (
        gettext_lazy("Cost in US dollars"),
        (
            "list_cost", "contracted_cost", "reported_cost", "unpriced", "list_price_id", "contracted_price_id",
            "rate_id",
        ),
    ),
)  # fmt: skip


def event_context(detail: EventDetail) -> dict[str, Any]:
    """What the page's template shows."""
    return {
        "sections": _sections(detail),
        "cost_title": _("Cost, line by line"),
        "cost_table": {"headers": _cost_headers(), "rows": _cost_rows(detail)},
        "cost_notes": _cost_notes(detail),
        "notice": _notice(detail),
        "correction_title": _("This event and its corrections"),
        "correction_table": {
            "headers": [
                _("Row"),
                _("Received"),
                _("Calls"),
                _("Input tokens"),
                _("Output tokens"),
                _("Cost"),
            ],
            "rows": _correction_rows(detail) if detail.corrections else [],
        },
    }


def _sections(detail: EventDetail) -> list[dict[str, Any]]:
    fields: dict[str, Field[Any, Any]] = {
        field.attname: field for field in UsageEvent._meta.concrete_fields if field.attname not in _HIDDEN
    }
    sections = [
        {"title": title, "rows": _rows(detail, [fields.pop(name) for name in names])}
        for title, names in _SECTIONS
    ]
    return [*sections, {"title": _("Identity and references"), "rows": _rows(detail, fields.values())}]


def _rows(detail: EventDetail, fields: "Iterable[Field[Any, Any]]") -> list[tuple[str, str]]:
    return [
        (
            str(field.verbose_name),
            _written(detail, field),
        )
        for field in fields
    ]


def _written(detail: EventDetail, field: "Field[Any, Any]") -> str | SafeString:
    event, price = detail.event, detail.price
    if field.attname == "organization_id":
        return str(event.organization)
    if field.attname == "hour_start":
        key = {"organization_id": event.organization_id, "period": event.period}
        zone = UsagePeriod.objects.values_list("time_zone", flat=True).get(**key)
        return f"{event.hour_start.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"
    if field.attname == "rate_id" and price is not None and price.rate_factor is not None:
        factor = f"× {price.rate_factor.normalize():f}"
        return f"{factor} ({price.rate_source})" if price.rate_source else factor
    return written_value(event, field, detail.names)


def _cost_headers() -> list[str]:
    return [_("Kind"), _("Quantity"), _("Unit price"), _("Quoted"), _("Cost")]


def _cost_rows(detail: EventDetail) -> list[list[str]]:
    rows = [_cost_row(line) for line in detail.lines]
    return (
        [*rows, [_("Total"), *3 * [_number("")], _number(written_cost(_total(detail.lines)))]] if rows else []
    )


def _cost_row(line: CostLine) -> list[str]:
    is_priced = line.unit_price is not None
    return [
        str(line.kind.label),
        _number(count(line.quantity)),
        _number(written_cost(line.unit_price) if is_priced else ABSENT),
        _number(
            f"{quoted_price(line.unit_price, kind=line.kind)} {quoted_unit(line.kind)}"
            if is_priced
            else ABSENT
        ),
        _number(written_cost(line.cost)),
    ]


def _total(lines: Iterable[CostLine]) -> Decimal | None:
    costs = [line.cost for line in lines]
    return None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))


def _cost_notes(detail: EventDetail) -> list[str]:
    event, price = detail.event, detail.price
    if price is None:
        return [
            _("No price was in force for this model and tier when it happened: it is unpriced, not free.")
        ]
    notes = [
        _("Priced by %(model)s, %(tier)s tier, valid from %(instant)s, source %(source)s.")
        % {
            "model": price.model_name,
            "tier": price.service_tier or _("standard"),
            "instant": _("always") if price.valid_from == ALWAYS else instant_text(price.valid_from),
            "source": price.source,
        },
        *_price_notes(price),
    ]
    if event.reported_cost is not None:
        notes.append(_("The client reported %(cost)s.") % {"cost": written_cost(event.reported_cost)})
    if event.contracted_cost != _total(detail.lines):
        notes.append(
            _("The event was stored with %(cost)s, which these lines do not add up to.")
            % {"cost": written_cost(event.contracted_cost)}
        )
    return notes


def _price_notes(price: PriceFacts) -> list[str]:
    """What sets the price apart: context size, hours, own price, contract rate."""
    notes = []
    if price.context_threshold:
        notes.append(
            _("The price of requests above %(tokens)s input tokens.")
            % {"tokens": count(price.context_threshold)}
        )
    if price.hours:
        notes.append(_("The price of the hours %(hours)s UTC.") % {"hours": price.hours})
    if price.is_own:
        notes.append(_("The organization's own price; no rate is applied to it."))
    elif price.rate_factor is not None:
        factor = f"{price.rate_factor.normalize():f}"
        notes.append(
            _("List price × %(factor)s, the rate of the contract (%(source)s).")
            % {"factor": factor, "source": price.rate_source}
        )
    return notes


def _notice(detail: EventDetail) -> str:
    """The link from a correction to what it takes back, or the word that this event counts no more."""
    if detail.corrected is not None:
        link = _link(detail.corrected, detail.corrected.transaction_id)
        return format_html(_("This row is a correction of the event {}, which stays in sight."), link)
    for event in detail.corrections:
        if event.correction == Correction.VOID:
            link = _link(event, instant_text(event.received_at))
            return format_html(_("This event was voided: {}. It counts no more, and stays in sight."), link)
    return ""


def _correction_rows(detail: EventDetail) -> list[list[str]]:
    net = net_figures((detail.event, *detail.corrections))
    return [
        [_("As it was sent"), *_figures(detail.event, detail.event.received_at)],
        *(
            [_link(event, event.get_correction_display()), *_figures(event, event.received_at)]
            for event in detail.corrections
        ),
        [_("Net"), *_figures(net)],
    ]


def _figures(row: UsageEvent | NetFigures, received_at: datetime | None = None) -> list[str]:
    written = (
        instant_text(received_at) if received_at else "",
        count(row.calls),
        count(row.input_tokens),
        count(row.output_tokens),
        written_cost(row.contracted_cost),
    )
    return [_number(text) for text in written]


def _link(event: UsageEvent, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', event_url(event), text)


def _number(written: str) -> SafeString:
    return format_html('<span class="ledger-number">{}</span>', written)
