import hmac
from datetime import timedelta
from typing import Any

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone

from teams.models import ApiKey
from teams.queries.keys import find_api_key
from teams.services.keys import revoke_api_key
from tests.teams.cast import Cast
from tests.teams.factories import make_api_key


def test_a_key_is_found_with_its_organization_by_one_query(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    new = make_api_key(cast.acme)
    with django_assert_num_queries(1):
        found = find_api_key(new.secret)
        assert found == new.key
        assert found.organization.slug == "acme"


def test_a_found_key_and_its_organization_are_what_the_orm_reads(cast: Cast) -> None:
    new = make_api_key(cast.acme, expires_at=timezone.now() + timedelta(hours=1))
    found, read = find_api_key(new.secret), ApiKey.objects.get(pk=new.key.pk)
    assert found is not None
    assert model_to_dict(found) == model_to_dict(read)
    assert (found.created_at, bytes(found.digest)) == (read.created_at, bytes(read.digest))
    assert model_to_dict(found.organization) == model_to_dict(read.organization)
    found.name = "Renamed"
    found.save()  # an update, as the row is known to stand
    assert ApiKey.objects.get(pk=new.key.pk).name == "Renamed"


def test_a_wrong_secret_of_a_known_prefix_is_refused(cast: Cast) -> None:
    new, rival = make_api_key(cast.acme), make_api_key(cast.other)
    tail = rival.secret.rpartition("_")[2]
    assert find_api_key(f"{new.key.prefix}_{tail}") is None


def test_what_is_no_key_costs_no_query(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert find_api_key("Bearer nonsense") is None


def test_a_key_ends_when_it_expires(cast: Cast) -> None:
    ends = timezone.now() + timedelta(hours=1)
    new = make_api_key(cast.acme, expires_at=ends)
    assert find_api_key(new.secret, now=ends - timedelta(microseconds=1)) == new.key
    assert find_api_key(new.secret, now=ends) is None


def test_a_revoked_key_is_refused(cast: Cast) -> None:
    new = make_api_key(cast.acme)
    revoke_api_key(new.key)
    assert find_api_key(new.secret) is None


def test_known_and_unknown_prefixes_are_both_compared_in_constant_time(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    real = hmac.compare_digest

    def spy(kept: bytes, sent: bytes) -> bool:
        compared.append(len(kept))
        return real(kept, sent)

    monkeypatch.setattr("teams.queries.keys.hmac.compare_digest", spy)
    new = make_api_key(cast.acme)
    tail = "a" * 43
    for secret in (new.secret, f"{new.key.prefix}_{tail}", f"tl_live_{'0' * 12}_{tail}"):
        find_api_key(secret)
    assert compared == [32, 32, 32]
