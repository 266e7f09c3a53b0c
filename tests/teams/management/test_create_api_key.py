import io

import pytest
from django.core.management import CommandError, call_command

from teams.api_keys import digest
from teams.models import ApiKey
from tests.teams.factories import OrganizationFactory


def run(*arguments: str) -> str:
    said = io.StringIO()
    call_command("create_api_key", "--organization=acme", "--name=tour", *arguments, stdout=said)
    return said.getvalue()


@pytest.fixture
def acme(db):
    return OrganizationFactory(slug="acme")


def test_nothing_but_the_secret_is_printed(acme):
    said = run("--scope=usage:write", "--scope=usage:read")
    key = ApiKey.objects.get()
    assert bytes(key.digest) == digest(said.removesuffix("\n"))
    assert (key.organization, key.name, key.scopes) == (acme, "tour", ["usage:read", "usage:write"])


def test_a_test_key_belongs_to_the_twin(acme):
    assert run("--scope=usage:write", "--test").startswith("tl_test_")
    assert ApiKey.objects.get().organization.twin_of == acme


def test_an_unknown_organization_is_told(db):
    with pytest.raises(CommandError, match="no organization “acme”"):
        run("--scope=usage:write")


@pytest.mark.parametrize("arguments", [[], ["--scope=everything"]])
def test_a_key_opens_something_that_there_is(acme, arguments):
    with pytest.raises(CommandError):
        run(*arguments)
    assert not ApiKey.objects.exists()


def test_a_name_that_is_too_long_is_told(acme):
    with pytest.raises(CommandError, match="200"):
        run("--scope=usage:write", f"--name={'x' * 201}")
