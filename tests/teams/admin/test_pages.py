"""Every page opens for staff, with one query more or less however many rows it shows."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from teams.admin.people import MemberAdmin
from teams.models import ApiKey, AuditEntry, Department, Member, Organization, Project, User
from teams.services.audit import record_audit
from teams.services.directory import ensure_members, ensure_projects, merge_member
from tests.teams.cast import Cast
from tests.teams.factories import DepartmentFactory, MemberFactory, ProjectFactory, UserFactory, make_api_key

MODELS = [ApiKey, AuditEntry, Department, Member, Organization, Project, User]
NAUGHTY = "<script>alert(1)</script>"


def url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:teams_{model._meta.model_name}_{page}", args=args)


def make_rows(cast: Cast) -> None:
    MemberFactory(organization=cast.acme, name=NAUGHTY).department_memberships.create(
        department=cast.research, starts_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    DepartmentFactory(organization=cast.acme, name=NAUGHTY, lead=cast.member(cast.bob))
    ProjectFactory(organization=cast.acme, name=NAUGHTY)
    UserFactory(full_name=NAUGHTY)
    make_api_key(cast.acme, name=NAUGHTY, is_test=True, created_by=cast.alice)
    ensure_projects(cast.other.id, [f"p-{Project.objects.count()}"])
    record_audit(action="thing.done", subject=NAUGHTY, organization=cast.acme, facts={"name": NAUGHTY})


@pytest.mark.parametrize("model", MODELS)
def test_list_and_detail_open_and_show_names_as_text(cast: Cast, staff: Client, model: Any) -> None:
    make_rows(cast)
    pages = [url(model, "changelist"), *(url(model, "change", row.pk) for row in model.objects.all())]
    for page in pages:
        response = staff.get(page)
        assert response.status_code == 200, page
        assert NAUGHTY not in response.content.decode()


def test_a_keys_state_stands_in_words(cast: Cast, staff: Client) -> None:
    page = staff.get(url(ApiKey, "change", make_api_key(cast.acme).key.pk)).content.decode()
    assert "Working" in page
    assert "&#x27;working&#x27;" not in page


def test_entries_say_that_they_are_placeholders_or_merged_or_left(cast: Cast) -> None:
    ensure_members(cast.acme.id, ["u-1"])
    merge_member(source=MemberFactory(organization=cast.acme), target=cast.member(cast.bob))
    MemberFactory(organization=cast.acme, left_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert {MemberAdmin(Member, site).state(member) for member in Member.objects.all()} == {
        "",
        ("placeholder", "Placeholder"),
        ("merged", "Merged into Bob"),
        ("left", "Left"),
    }


@pytest.mark.parametrize("model", MODELS)
def test_a_list_takes_as_many_queries_for_few_rows_as_for_many(cast: Cast, staff: Client, model: Any) -> None:
    counts = []
    for _ in range(2):
        make_rows(cast)
        staff.get(url(model, "changelist"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            staff.get(url(model, "changelist"))
        counts.append(len(queries))
        make_rows(cast)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("model", [ApiKey, Department, Member, Organization, Project])
def test_staff_may_add(staff: Client, model: Any) -> None:
    assert staff.get(url(model, "add")).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_nothing_with_a_history_is_deleted(cast: Cast, staff: Client, model: Any) -> None:
    make_rows(cast)
    assert staff.get(url(model, "delete", model.objects.first().pk)).status_code == 403


@pytest.mark.parametrize("model", [AuditEntry, User])
def test_staff_only_look_at_users_and_the_audit_history(cast: Cast, staff: Client, model: Any) -> None:
    make_rows(cast)
    assert staff.get(url(model, "add")).status_code == 403
    entry = model.objects.first()
    assert staff.post(url(model, "change", entry.pk), {"action": "x", "email": "a@b.c"}).status_code == 403


@pytest.mark.parametrize(
    "query",
    ["?kind=test", "?kind=real", "?q=acme"],
)
def test_organizations_are_filtered(cast: Cast, staff: Client, query: str) -> None:
    make_rows(cast)
    page = staff.get(url(Organization, "changelist") + query).content.decode()
    assert ("Acme (test)" in page) == (query != "?kind=real")
    assert ("Other" in page) == (query == "?kind=real")


def test_keys_and_members_are_filtered(cast: Cast, staff: Client) -> None:
    key = make_api_key(cast.acme).key
    working = url(ApiKey, "changelist") + "?state=working"
    assert key.prefix in staff.get(working).content.decode()
    ApiKey.objects.update(revoked_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert key.prefix not in staff.get(working).content.decode()
    assert key.prefix in staff.get(url(ApiKey, "changelist") + "?state=ended").content.decode()
    members = url(Member, "changelist")
    for query, shown in (
        ("?role__exact=owner", {"alice", "charlie"}),
        (f"?organization__id__exact={cast.acme.id}", {"alice", "bob", "dana"}),
        ("?is_placeholder__exact=1", set()),
    ):
        page = staff.get(members + query).content.decode()
        assert {
            name for name in ("alice", "bob", "dana", "charlie") if f"{name}@example.com" in page
        } == shown
