"""Finds in a loaded ledger what paths and filters name: ids that the viewers see usage of.

Prints them as one line of JSON. Only reads, so that ledgers that were kept can be asked for what later rows need.
"""

import json
import sys
from typing import Any

import django


def facts_of(slug: str) -> dict[str, Any]:
    """The lead's department with one of its members (``colleague``), a project, an integration and a file that
    are used in it; the member with a chat of theirs."""
    from benchmarks.sample import TOOLS
    from teams.models import Department, Member, Organization
    from usage.models import Chat, Integration, UsageDaily

    organization = Organization.objects.get(slug=slug)
    member = Member.objects.get(organization=organization, user__email="member@benchmark.example")
    department = Department.objects.get(organization=organization, lead__user__email="lead@benchmark.example")
    used = UsageDaily.objects.filter(organization_id=organization.pk, department_id=department.pk).order_by()
    theirs = UsageDaily.objects.filter(organization_id=organization.pk, member_id=member.pk).order_by()
    chats = Chat.objects.filter(organization=organization, member_id=member.pk)
    colleague = Member.objects.get(organization=organization, pk=_most_used(used, "member_id"))
    integration_id = _most_used(theirs, "integration_id") or _most_used(used, "integration_id")
    return {
        "slug": organization.slug,
        "department": department.external_id,
        "department_id": department.pk,
        "project_id": _most_used(used, "project_id"),
        "member": member.external_id,
        "member_id": member.pk,
        "colleague": colleague.external_id,
        "colleague_id": colleague.pk,
        "integration": Integration.objects.get(pk=integration_id).external_id,
        "model": "gpt-4o",
        "tool": sorted(TOOLS.values())[0],
        "chat": chats.order_by("-contracted_cost")[0].external_id,
        "file": _file_of(organization.pk, department.pk),
    }


def _most_used(rows: Any, column: str) -> int:
    """The value of ``column`` that stands in most of ``rows``, the least of those alike; 0 without any."""
    from django.db.models import Count

    counted = rows.exclude(**{column: 0}).values_list(column).annotate(count=Count("*"))
    found = counted.order_by("-count", column).first()
    return int(found[0]) if found else 0


def _file_of(organization_id: int, department_id: int) -> str:
    """A file that the department reads, by the client's id."""
    from usage.models import File, UsageEvent

    events = UsageEvent.objects.filter(
        organization_id=organization_id, department_id=department_id, files__isnull=False
    )
    first: Any = events.order_by("occurred_at").values_list("files", flat=True)[0]
    found: str = File.objects.get(organization_id=organization_id, id=first[0]["id"]).external_id
    return found


if __name__ == "__main__":
    django.setup()
    print(json.dumps(facts_of(sys.argv[1])))
