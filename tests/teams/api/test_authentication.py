from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from teams.enums import KeyScope
from teams.models import ApiKey
from teams.services.keys import NewApiKey, revoke_api_key
from teams.services.organizations import ensure_test_twin
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory, make_api_key

pytestmark = [pytest.mark.urls("tests.teams.urls"), pytest.mark.django_db]


@pytest.fixture
def key(cast: Cast) -> NewApiKey:
    return make_api_key(cast.acme, KeyScope.USAGE_WRITE, name="Uploader")


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_key_signs_a_request_either_way(key: NewApiKey) -> None:
    for headers in (
        bearer(key.secret),
        {"Authorization": f"bearer  {key.secret} "},
        {"X-API-Key": key.secret},
    ):
        response = APIClient().post("/api/write", headers=headers)
        assert response.status_code == 200
        assert response.json() == {"organization": "acme", "user": str(key.key)}


def test_using_a_key_is_noted(key: NewApiKey) -> None:
    APIClient().post("/api/write", headers=bearer(key.secret))
    assert ApiKey.objects.get(pk=key.key.pk).last_used_at is not None


def test_a_request_costs_one_query_for_the_key_and_a_note_a_minute(
    key: NewApiKey, django_assert_num_queries: Any
) -> None:
    for queries in (2, 1, 1):
        with django_assert_num_queries(queries):
            APIClient().post("/api/write", headers=bearer(key.secret))


@pytest.mark.parametrize("sent", ["tl_live_nonsense", "tl_live_abcdefghijkl_" + "a" * 43])
def test_a_wrong_key_is_a_401_that_says_how_to_sign_in(cast: Cast, sent: str) -> None:
    response = APIClient().post("/api/write", headers=bearer(sent))
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    assert response["Content-Type"] == "application/problem+json"
    assert sent not in response.content.decode()


def test_a_revoked_key_is_a_401(key: NewApiKey) -> None:
    revoke_api_key(key.key)
    assert APIClient().post("/api/write", headers=bearer(key.secret)).status_code == 401


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer of-another-kind"}, {"Authorization": "Bearer"}]
)
def test_without_a_key_it_is_a_401(cast: Cast, headers: dict[str, str]) -> None:
    for response in (
        APIClient().post("/api/write", headers=headers),
        APIClient().get("/api/read", headers=headers),
    ):
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_missing_scope_is_a_403_that_names_it(key: NewApiKey) -> None:
    response = APIClient().get("/api/read", headers=bearer(key.secret))
    assert response.status_code == 403
    assert response.json()["type"] == "urn:token-ledger:problem:missing-scope"
    assert "usage:read" in response.json()["detail"]


def test_people_cannot_do_what_only_keys_may(cast: Cast) -> None:
    client = APIClient()
    client.force_login(cast.alice)
    response = client.post("/api/write")
    assert response.status_code == 403
    assert "usage:write" in response.json()["detail"]


def test_a_key_reads_its_own_organization_only(cast: Cast) -> None:
    new = make_api_key(cast.acme, KeyScope.USAGE_READ)
    response = APIClient().get("/api/read?organization=other", headers=bearer(new.secret))
    assert response.json() == {"organization_id": cast.acme.id}


def test_a_test_key_reads_the_twin(cast: Cast) -> None:
    new = make_api_key(cast.acme, is_test=True)
    response = APIClient().get("/api/read", headers=bearer(new.secret))
    assert response.json() == {"organization_id": ensure_test_twin(cast.acme).id}


def test_people_read_the_organization_that_they_name_or_their_only_one(cast: Cast) -> None:
    client = APIClient()
    client.force_login(cast.bob)
    for path in ("/api/read", "/api/read?organization=acme"):
        assert client.get(path).json() == {"organization_id": cast.acme.id}
    MemberFactory(organization=cast.other, user=cast.bob)
    response = client.get("/api/read")
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "organization"
    assert client.get("/api/read?organization=other").json() == {"organization_id": cast.other.id}


def test_an_outsider_learns_nothing(cast: Cast) -> None:
    client = APIClient()
    client.force_login(cast.charlie)
    foreign = client.get("/api/read?organization=acme")
    missing = client.get("/api/read?organization=no-such")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


@override_settings(ROOT_URLCONF="tests.teams.urls")
def test_the_schema_shows_the_bearer_scheme() -> None:
    from drf_spectacular.generators import SchemaGenerator

    schema = SchemaGenerator(urlconf="tests.teams.urls").get_schema(request=None, public=True)
    assert schema["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    assert {"apiKey": []} in schema["paths"]["/api/write"]["post"]["security"]
