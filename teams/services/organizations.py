"""Makes organizations and keeps their dated time zones. Periods are made in ``usage``, which reads them."""

import functools
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from babel.numbers import is_currency
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from teams.models import Organization, OrganizationZone, User
from teams.queries.organizations import time_zone_on
from teams.services.audit import record_audit

# Before the first model call that anyone could import.
FIRST_MONTH: Final = date(2000, 1, 1)
# A zone starts no sooner than this, so that no event can already lie in the month that it changes.
_SHARED_WITH_TWIN: Final = ("currency", "country", "language", "week_start", "fiscal_year_start")
_NOTICE: Final = timedelta(days=1)


@transaction.atomic
def create_organization(
    *,
    name: str,
    slug: str,
    time_zone: str,
    currency: str = "USD",
    country: str = "",
    language: str = "en",
    week_start: int = 1,
    fiscal_year_start: int = 1,
    actor: User | None = None,
) -> Organization:
    """A new organization with its first time zone. Raises ``ValidationError`` naming the wrong fields."""
    check_time_zone(time_zone)
    check_currency(currency.upper())
    organization = Organization(
        name=name,
        slug=slug,
        currency=currency.upper(),
        country=country.upper(),
        language=language,
        week_start=week_start,
        fiscal_year_start=fiscal_year_start,
    )
    organization.full_clean()
    organization.save()
    open_first_zone(organization, time_zone=time_zone)
    record_audit(
        action="organization.created",
        subject=organization,
        actor=actor,
        organization=organization,
        facts={"slug": slug, "time_zone": time_zone, "currency": organization.currency},
    )
    return organization


def open_first_zone(organization: Organization, *, time_zone: str) -> OrganizationZone:
    """The zone that holds from the earliest month on."""
    check_time_zone(time_zone)
    return OrganizationZone.objects.create(
        organization=organization, time_zone=time_zone, valid_from=FIRST_MONTH
    )


@transaction.atomic
def ensure_test_twin(organization: Organization) -> Organization:
    """The organization that receives what test keys send; made on first use, with the same zones."""
    if organization.is_test:
        return organization
    # Two first test keys at the same moment make one twin.
    locked = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    twin = Organization.objects.filter(twin_of=locked).first()
    if twin is not None:
        return twin
    twin = Organization.objects.create(
        name=_("%(name)s (test)") % {"name": locked.name[:190]},
        slug=_free_slug(f"{locked.slug[:68]}-test"),
        twin_of=locked,
        **{field: getattr(locked, field) for field in _SHARED_WITH_TWIN},
    )
    OrganizationZone.objects.bulk_create(
        OrganizationZone(organization=twin, time_zone=zone.time_zone, valid_from=zone.valid_from)
        for zone in locked.zones.all()
    )
    return twin


@transaction.atomic
def set_time_zone(
    organization: Organization,
    *,
    time_zone: str,
    valid_from: date,
    actor: User | None = None,
    now: datetime | None = None,
) -> OrganizationZone:
    """Change the zone from the first day of a month that has begun nowhere yet; the test twin follows.

    Raises ``ValidationError`` for another day or an unknown zone. Periods already made for months from
    ``valid_from`` on have to be made anew by ``usage``.
    """
    check_time_zone(time_zone)
    if organization.is_test:
        raise ValidationError(_("A test twin has the time zone of its organization; change it there."))
    locked = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    _check_start(locked, time_zone=time_zone, valid_from=valid_from, now=now or datetime.now(UTC))
    before = time_zone_on(locked.pk, valid_from)
    zone, _made = OrganizationZone.objects.update_or_create(
        organization=locked, valid_from=valid_from, defaults={"time_zone": time_zone}
    )
    for twin in Organization.objects.filter(twin_of=locked):
        OrganizationZone.objects.update_or_create(
            organization=twin, valid_from=valid_from, defaults={"time_zone": time_zone}
        )
    record_audit(
        action="organization.time_zone_changed",
        subject=locked,
        actor=actor,
        organization=locked,
        facts={"before": before, "after": time_zone, "valid_from": valid_from},
    )
    return zone


def check_time_zone(name: str) -> None:
    """Raise ``ValidationError`` unless ``name`` is a zone of the tz database."""
    if name not in _zone_names():
        raise ValidationError({"time_zone": _("“%(name)s” is not a known time zone.") % {"name": name}})


def check_currency(code: str) -> None:
    """Raise ``ValidationError`` unless ``code`` is an ISO 4217 currency."""
    if not is_currency(code):
        raise ValidationError({"currency": _("“%(code)s” is not a known currency.") % {"code": code}})


@functools.cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def _check_start(organization: Organization, *, time_zone: str, valid_from: date, now: datetime) -> None:
    if valid_from.day != 1:
        raise ValidationError({"valid_from": _("A time zone changes on the first day of a month.")})
    for name in {time_zone, time_zone_on(organization.pk, valid_from)}:
        if valid_from <= (now + _NOTICE).astimezone(ZoneInfo(name)).date():
            raise ValidationError({"valid_from": _("A time zone changes only from a month to come.")})


def _free_slug(wanted: str) -> str:
    taken: Any = set(Organization.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    number = 1
    slug = wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
