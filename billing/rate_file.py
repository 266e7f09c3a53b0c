"""The European Central Bank's file of reference rates (``eurofxref-hist``), read by a library; as rates of the dollar.

The file says what one euro was worth on each day that the bank published. Both figures are exact decimals; the one
division is rounded once, half to even, to the 10 decimals that are stored. Days without rates stay without. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from io import BytesIO
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _

SOURCE: Final = "ECB reference rate"
MOST_BYTES: Final = 40_000_000
"""Of the text; the whole history since 1999 is under 2 MB."""
_STEP: Final = Decimal("1e-10")
_DOLLAR: Final = "USD"
_EURO: Final = "EUR"
_ZIP: Final = b"PK\x03\x04"


class RateFileFault(Exception):
    """Why a file is not one of reference rates, in a sentence."""


@dataclass(frozen=True, slots=True, order=True)
class DollarRate:
    """What one US dollar was worth on a day."""

    currency: str
    rate_date: date
    units_per_usd: Decimal


def read_rate_file(content: bytes, *, first_day: date, last_day: date) -> list[DollarRate]:
    """All rates of a zip or csv file for some days, by currency and day. Raises ``RateFileFault``."""
    lines = _text(content).lstrip("\ufeff").splitlines()
    if not lines or not lines[0].replace(" ", "").startswith("Date,"):
        raise RateFileFault(
            _("This is not a file of reference rates: its first line does not begin with “Date,”.")
        )
    header, *days = lines
    chosen = [line for line in days if line.strip() and first_day <= _day_of(line) <= last_day]
    if not chosen:
        return []
    # Imported late: nothing else needs it.
    from currency_converter import CurrencyConverter

    converter = CurrencyConverter(currency_file=None, decimal=True)
    try:
        converter.load_lines([header, *chosen])
    except (ArithmeticError, IndexError, ValueError) as error:
        raise RateFileFault(_("A line of this file cannot be read: %(error)s") % {"error": error}) from error
    if _DOLLAR not in converter.bounds:
        raise RateFileFault(_("This file has no rates of the US dollar."))
    return sorted(_rates(converter, first_day, last_day))


def _text(content: bytes) -> str:
    try:
        return (_unpacked(content) if content.startswith(_ZIP) else content).decode()
    except (BadZipFile, UnicodeDecodeError, NotImplementedError, EOFError, RuntimeError) as error:
        raise RateFileFault(_("This file cannot be read: %(error)s") % {"error": error}) from error


def _day_of(line: str) -> date:
    try:
        return date.fromisoformat(line[:10])
    except ValueError as error:
        raise RateFileFault(_("A line of this file cannot be read: %(error)s") % {"error": error}) from error


def _unpacked(content: bytes) -> bytes:
    with ZipFile(BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if name.endswith(".csv")]
        if len(names) != 1:
            raise RateFileFault(_("The archive has to hold exactly one csv file."))
        with archive.open(names[0]) as file:
            text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise RateFileFault(_("The file is too large."))
    return text


def _rates(converter: Any, first_day: date, last_day: date) -> Iterator[DollarRate]:
    first, last = converter.bounds[_DOLLAR]
    for day in _days(max(first, first_day), min(last, last_day)):
        dollars = _published(converter, _DOLLAR, day)
        if dollars is None:
            continue
        for currency in sorted(converter.currencies - {_DOLLAR}):
            units = _published(converter, currency, day)
            if units is not None:
                yield DollarRate(currency, day, _divided(units, dollars))


def _days(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _published(converter: Any, currency: str, day: date) -> Decimal | None:
    """What one euro was worth; None on a day that the bank did not publish it."""
    from currency_converter import RateNotFoundError

    try:
        found: Decimal = converter.convert(1, _EURO, currency, date=day)
    except RateNotFoundError:
        return None
    if not found.is_finite() or found <= 0:
        raise RateFileFault(
            _("The rate of %(currency)s on %(day)s is no rate: %(rate)s")
            % {"currency": currency, "day": day, "rate": found}
        )
    return found


def _divided(units: Decimal, dollars: Decimal) -> Decimal:
    with localcontext(prec=60):
        return (units / dollars).quantize(_STEP, ROUND_HALF_EVEN)
