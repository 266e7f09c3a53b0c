"""What the columns of a file mean: chosen once by a person, kept for files with the same columns."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from django.utils.translation import gettext as _

from usage.imports.fields import (
    CONSTANTS,
    FIELDS,
    OCCURRED_AT,
    SECONDS_OF,
    TRANSACTION_ID,
    UNCACHED,
    VOID,
    match_columns,
)
from usage.imports.values import THOUSANDS, TIME_FORMATS
from usage.validation import Fault

DECIMALS: Final = (".", ",")


class FieldMapping(msgspec.Struct, frozen=True, kw_only=True):
    """Field → column, and what stands for fields without one.

    Constants fill cells that are empty or missing. Without a column for ``transaction_id`` ids follow from the
    content of the rows. ``opens_months``: months that are not open any more are opened for the rows in them.
    """

    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    time_format: str = "auto"
    time_zone: str = "UTC"
    thousands: str = ""
    decimal: str = "."
    opens_months: bool = True


def suggest_mapping(columns: Sequence[str], *, time_zone: str) -> FieldMapping:
    """A mapping by the names of columns, for a person to look over."""
    return FieldMapping(columns=match_columns(columns), time_zone=time_zone)


def signature(columns: Sequence[str]) -> str:
    """The same for files with the same columns in any order: 64 hexadecimal digits."""
    return sha256("\0".join(sorted(columns)).encode(errors="surrogatepass")).hexdigest()


def find_mapping_faults(mapping: FieldMapping, columns: Collection[str]) -> list[Fault]:
    """Everything that is wrong with a mapping for a file with these columns; nothing when it can be used."""
    chosen, faults = mapping.columns, []
    faults += [Fault(name, _("is no field of an event")) for name in chosen if name not in FIELDS]
    faults += [
        Fault(name, _("“%(column)s” is no column of this file") % {"column": column})
        for name, column in chosen.items()
        if column not in columns
    ]
    faults += [
        Fault(name, _("cannot be the same for all rows"))
        for name in mapping.constants
        if name not in CONSTANTS
    ]
    faults += [
        Fault(name, _("holds the NUL character")) for name, text in mapping.constants.items() if "\0" in text
    ]
    if OCCURRED_AT not in chosen:
        faults.append(Fault(OCCURRED_AT, _("needs a column: the ledger must know when a call was made")))
    if VOID in chosen and TRANSACTION_ID not in chosen:
        faults.append(Fault(TRANSACTION_ID, _("needs a column: voids name the event that they take back")))
    for seconds, whole in (*SECONDS_OF.items(), (UNCACHED, "input_tokens")):
        if seconds in chosen and whole in chosen:
            faults.append(Fault(seconds, _("says the same as %(field)s; choose one") % {"field": whole}))
    return faults + _find_form_faults(mapping)


def _find_form_faults(mapping: FieldMapping) -> list[Fault]:
    faults = []
    if mapping.time_format not in TIME_FORMATS:
        faults.append(Fault("time_format", _("is unknown")))
    if mapping.thousands not in THOUSANDS:
        faults.append(Fault("thousands", _("is unknown")))
    if mapping.decimal not in DECIMALS:
        faults.append(Fault("decimal", _("is unknown")))
    elif mapping.thousands == mapping.decimal:
        faults.append(Fault("thousands", _("is the same sign as the one before decimals")))
    try:
        ZoneInfo(mapping.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        faults.append(Fault("time_zone", _("is unknown")))
    return faults
