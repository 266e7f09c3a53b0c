from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from teams.enums import KeyScope
from teams.models import ApiKey, AuditEntry, Organization
from teams.queries.keys import find_api_key
from teams.services.keys import create_api_key, revoke_api_key, rotate_api_key, touch_api_key
from tests.teams.cast import Cast
from tests.teams.factories import make_api_key
from tests.threads import at_once


def test_the_secret_is_kept_nowhere(cast: Cast) -> None:
    new = make_api_key(cast.acme, created_by=cast.alice)
    tail = new.secret.rpartition("_")[2]
    kept = [str(row) for row in ApiKey.objects.values()] + [str(row) for row in AuditEntry.objects.values()]
    assert not any(tail in row for row in kept)
    assert tail not in repr(new)


def test_making_a_key_is_audited(cast: Cast) -> None:
    new = make_api_key(cast.acme, KeyScope.USAGE_WRITE, created_by=cast.alice)
    entry = AuditEntry.objects.get(action="api_key.created")
    assert (entry.actor, entry.actor_name, entry.organization) == (cast.alice, cast.alice.email, cast.acme)
    assert entry.facts == {"prefix": new.key.prefix, "scopes": ["usage:write"], "expires_at": None}


def test_a_test_key_belongs_to_the_test_twin(cast: Cast) -> None:
    first, second = make_api_key(cast.acme, is_test=True), make_api_key(cast.acme, is_test=True)
    twin = Organization.objects.get(twin_of=cast.acme)
    assert first.key.organization == second.key.organization == twin
    assert first.secret.startswith("tl_test_")
    found = find_api_key(first.secret)
    assert found is not None
    assert found.organization.is_test
    assert make_api_key(twin, is_test=True).key.organization == twin


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"name": ""}, "name"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expires_at"),
    ],
)
def test_a_wrong_key_is_refused_by_field(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    fields: dict[str, Any] = {"name": "Key", "scopes": [KeyScope.USAGE_READ]} | wrong
    with pytest.raises(ValidationError) as refused:
        create_api_key(organization=cast.acme, **fields)
    assert list(refused.value.message_dict) == [field]
    assert not ApiKey.objects.exists()


def test_a_twin_gets_no_live_key(cast: Cast) -> None:
    twin = make_api_key(cast.acme, is_test=True).key.organization
    with pytest.raises(ValidationError):
        make_api_key(twin)


def test_revoking_twice_is_noted_once(cast: Cast) -> None:
    key = make_api_key(cast.acme).key
    first = revoke_api_key(key, actor=cast.alice, reason="Lost laptop")
    again = revoke_api_key(key, actor=cast.alice)
    assert first.revoked_at == again.revoked_at is not None
    assert AuditEntry.objects.get(action="api_key.revoked").reason == "Lost laptop"


def test_rotation_keeps_name_and_scopes_and_both_keys_work_for_a_while(cast: Cast) -> None:
    old = make_api_key(cast.acme, KeyScope.USAGE_READ, name="Reporting")
    new = rotate_api_key(old.key, actor=cast.alice, overlap=timedelta(hours=2))
    assert (new.key.name, new.key.scopes, new.key.expires_at) == ("Reporting", ["usage:read"], None)
    now = timezone.now()
    assert find_api_key(old.secret, now=now + timedelta(hours=1)) is not None
    assert find_api_key(old.secret, now=now + timedelta(hours=3)) is None
    assert find_api_key(new.secret, now=now + timedelta(days=900)) == new.key


def test_rotation_without_overlap_ends_the_old_key_at_once(cast: Cast) -> None:
    old = make_api_key(cast.acme)
    rotate_api_key(old.key, overlap=timedelta())
    assert find_api_key(old.secret) is None
    with pytest.raises(ValidationError):
        rotate_api_key(old.key)


def test_rotation_never_lengthens_the_old_key_and_renews_its_lifetime(cast: Cast) -> None:
    ends = timezone.now() + timedelta(hours=1)
    old = make_api_key(cast.acme, expires_at=ends)
    new = rotate_api_key(old.key, overlap=timedelta(days=7))
    old.key.refresh_from_db()
    assert old.key.expires_at == ends
    assert new.key.expires_at is not None
    assert ends <= new.key.expires_at <= ends + timedelta(minutes=1)


def test_last_use_is_written_at_most_once_a_minute(cast: Cast, django_assert_num_queries: Any) -> None:
    key = make_api_key(cast.acme).key
    touch_api_key(key)
    first = ApiKey.objects.get(pk=key.pk)
    assert first.last_used_at is not None
    with django_assert_num_queries(0):
        touch_api_key(first)
    stale = ApiKey.objects.get(pk=key.pk)
    stale.last_used_at = None  # Another process read the row before the first touch.
    touch_api_key(stale)
    assert ApiKey.objects.get(pk=key.pk).last_used_at == first.last_used_at
    ApiKey.objects.update(last_used_at=first.last_used_at - timedelta(seconds=61))
    touch_api_key(ApiKey.objects.get(pk=key.pk))
    again = ApiKey.objects.get(pk=key.pk).last_used_at
    assert again is not None
    assert again >= first.last_used_at


@pytest.mark.django_db(transaction=True)
def test_two_first_test_keys_at_once_make_one_twin(cast: Cast) -> None:
    results = at_once(*[lambda: make_api_key(cast.acme, is_test=True).key.organization_id] * 2)
    assert Organization.objects.filter(twin_of=cast.acme).count() == 1
    assert results == [Organization.objects.get(twin_of=cast.acme).id] * 2
