import hashlib

import pytest

from teams.api_keys import digest, make_key, parse_prefix


@pytest.mark.parametrize(("is_test", "start"), [(False, "tl_live_"), (True, "tl_test_")])
def test_a_key_has_its_kind_an_id_and_a_secret(is_test: bool, start: str) -> None:
    material = make_key(is_test=is_test)
    assert material.prefix.startswith(start)
    assert len(material.prefix) == len(start) + 12
    assert material.secret.startswith(f"{material.prefix}_")
    assert parse_prefix(material.secret) == material.prefix


def test_two_keys_differ() -> None:
    assert make_key(is_test=False).secret != make_key(is_test=False).secret


def test_a_key_does_not_show_its_secret_when_printed() -> None:
    material = make_key(is_test=False)
    assert material.secret not in repr(material)


def test_the_digest_is_sha_256_of_the_whole_key() -> None:
    secret = make_key(is_test=False).secret
    assert digest(secret) == hashlib.sha256(secret.encode()).digest()


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "tl_live_",
        "tl_prod_abcdefghijkl_" + "a" * 43,
        "tl_live_abcdefghijkl_" + "a" * 42,
        "tl_live_abcdefghijkl_" + "a" * 44,
        "tl_live_ABCDEFGHIJKL_" + "a" * 43,
        "tl_live_abcdefghijkl_" + "a" * 43 + "\n",
        "tl_live_abcdefghijkl_" + "ä" * 43,
        "tl_live_abcdefghijk\x00_" + "a" * 43,
    ],
)
def test_what_is_no_key_has_no_prefix(sent: str) -> None:
    assert parse_prefix(sent) is None
