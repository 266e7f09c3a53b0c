"""What data health has to say, and what to do about it: one text per kind of finding. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from usage.health import Counts


class FindingKind(StrEnum):
    QUARANTINED = "quarantined"
    CONFLICT = "conflict"
    INVALID = "invalid"
    SILENT_KEY = "silent_key"
    DOUBLE_SIGHTING = "double_sighting"
    UNPRICED = "unpriced"
    LATE = "late"
    UNATTRIBUTED = "unattributed"


class Severity(StrEnum):
    """Critical: usage is not counted until someone acts. Warning: figures are not right or may not stay so."""

    CRITICAL = "critical"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What findings are made of. ``waiting`` events are in quarantine now, whenever they came."""

    counts: Counts
    waiting: int
    silent_keys: int
    double_sightings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know. ``title`` says what with its count, ``meaning`` why it matters, ``advice`` what to do."""

    kind: FindingKind
    severity: Severity
    count: int
    title: str
    meaning: str
    advice: str


def findings_of(facts: Facts) -> tuple[Finding, ...]:
    """What was found, the gravest first. Texts are in the language of the moment."""
    counts = facts.counts
    numbers = {
        FindingKind.QUARANTINED: facts.waiting,
        FindingKind.CONFLICT: counts.conflict,
        FindingKind.INVALID: counts.invalid,
        FindingKind.SILENT_KEY: facts.silent_keys,
        FindingKind.DOUBLE_SIGHTING: facts.double_sightings,
        FindingKind.UNPRICED: counts.unpriced,
        FindingKind.LATE: counts.late,
        FindingKind.UNATTRIBUTED: counts.unattributed,
    }
    found = (
        Finding(kind=kind, severity=_severity(kind, number, counts), count=number, **_TEXTS[kind](number))
        for kind, number in numbers.items()
        if number
    )
    return tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity)))


def _severity(kind: FindingKind, number: int, counts: Counts) -> Severity:
    """A few refused events among many are a slip; only many, or a part that shows, are lost usage."""
    if kind is FindingKind.INVALID and not (
        number > _MANY_REFUSED
        or (number >= _SOME_REFUSED and number * 100 >= counts.received * _PERCENT_REFUSED)
    ):
        return Severity.WARNING
    return _SEVERITIES[kind]


_ORDER: Final = tuple(Severity)
_MANY_REFUSED: Final = 100
_SOME_REFUSED: Final = 10
_PERCENT_REFUSED: Final = 1

_SEVERITIES: Final = {
    FindingKind.QUARANTINED: Severity.CRITICAL,
    FindingKind.CONFLICT: Severity.CRITICAL,
    FindingKind.INVALID: Severity.CRITICAL,
    FindingKind.SILENT_KEY: Severity.WARNING,
    FindingKind.DOUBLE_SIGHTING: Severity.WARNING,
    FindingKind.UNPRICED: Severity.WARNING,
    FindingKind.LATE: Severity.NOTICE,
    FindingKind.UNATTRIBUTED: Severity.NOTICE,
}


def _quarantined(number: int) -> dict[str, str]:
    return {
        "title": ngettext(
            "%(number)d event waits in quarantine", "%(number)d events wait in quarantine", number
        )
        % {"number": number},
        "meaning": _(
            "The time cannot be right, or no month is open for it. Until somebody decides, it counts nowhere."
        ),
        "advice": _(
            "Finance staff store or discard what waits, in the admin; ask your administrator. Check the clock of the "
            "client, and do not send again what is waiting."
        ),
    }


def _conflict(number: int) -> dict[str, str]:
    return {
        "title": ngettext(
            "%(number)d event came under an id that was used before",
            "%(number)d events came under ids that were used before",
            number,
        )
        % {"number": number},
        "meaning": _(
            "The first one with an id stands. What differed from it was kept aside and does not count."
        ),
        "advice": _(
            "The client uses a transaction_id more than once. Give every call an id of its own, made before it is "
            "first reported, and send what is missing under new ids."
        ),
    }


def _invalid(number: int) -> dict[str, str]:
    return {
        "title": ngettext("%(number)d event was refused", "%(number)d events were refused", number)
        % {"number": number},
        "meaning": _("A field was missing or impossible. What is refused is not kept and counts nowhere."),
        "advice": _(
            "The answer to the request, or the page of the file, named the event, the field and the reason. Mend it "
            "and send again."
        ),
    }


def _silent_key(number: int) -> dict[str, str]:
    return {
        "title": ngettext("%(number)d API key fell silent", "%(number)d API keys fell silent", number)
        % {"number": number},
        "meaning": _("Used to send regularly, and stopped. Usage may be missing since."),
        "advice": _("See whether the client still runs, and revoke a key that is no longer needed."),
    }


def _double_sighting(number: int) -> dict[str, str]:
    return {
        "title": ngettext(
            "%(number)d call was reported from two sources",
            "%(number)d calls were reported from two sources",
            number,
        )
        % {"number": number},
        "meaning": _(
            "The provider answered once; tokens and cost count twice, in every sum and on the invoice."
        ),
        "advice": _("Let one of the two report such calls, and void the event of the other."),
    }


def _unpriced(number: int) -> dict[str, str]:
    return {
        "title": ngettext(
            "%(number)d event was stored without a price",
            "%(number)d events were stored without a price",
            number,
        )
        % {"number": number},
        "meaning": _("The tokens are counted; the cost reads “at least” until there is a price."),
        "advice": _(
            "The model is not on the price list, or its name is misspelt. Finance staff add the price; what was "
            "stored before is then priced again."
        ),
    }


def _late(number: int) -> dict[str, str]:
    return {
        "title": ngettext(
            "%(number)d event came after its month was invoiced",
            "%(number)d events came after their month was invoiced",
            number,
        )
        % {"number": number},
        "meaning": _("The invoice that was sent stays as it is."),
        "advice": _(
            "Nothing to do: it goes on the next invoice, as an adjustment of the month that it belongs to."
        ),
    }


def _unattributed(number: int) -> dict[str, str]:
    return {
        "title": ngettext("%(number)d event names no member", "%(number)d events name no member", number)
        % {"number": number},
        "meaning": _("It counts for the organization, and in the row “Unattributed” of its members."),
        "advice": _("Send member_id with every call that a person caused. Calls of services need none."),
    }


_TEXTS: Final[Mapping[FindingKind, Callable[[int], dict[str, str]]]] = {
    FindingKind.QUARANTINED: _quarantined,
    FindingKind.CONFLICT: _conflict,
    FindingKind.INVALID: _invalid,
    FindingKind.SILENT_KEY: _silent_key,
    FindingKind.DOUBLE_SIGHTING: _double_sighting,
    FindingKind.UNPRICED: _unpriced,
    FindingKind.LATE: _late,
    FindingKind.UNATTRIBUTED: _unattributed,
}
