"""The billing months that an organization can look back on."""

from datetime import date, datetime

from django.db.models import Min

from teams.enums import ScopeKind
from usage.models import SpendDaily, UsagePeriod


def months_to_show(*, organization_id: int, now: datetime) -> list[date]:
    """The first days of the months from the first with usage to the one containing ``now``, latest first."""
    begun = UsagePeriod.objects.filter(organization_id=organization_id, starts_at__lte=now)
    months = list(begun.order_by("-period").values_list("period", flat=True))
    since = SpendDaily.objects.filter(
        organization_id=organization_id, scope_kind=ScopeKind.ORGANIZATION
    ).aggregate(first=Min("local_date"))["first"]
    return [month for month in months if since is not None and month >= since.replace(day=1)] or months[:1]
