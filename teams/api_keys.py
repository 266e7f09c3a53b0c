"""What an API key looks like: ``tl_live_<12 characters>_<secret>``, or ``tl_test_…`` for a test key.

The part before the secret is the *prefix*: it finds the key and may be shown. Only a SHA-256 of the whole key
is kept; with 256 random bits behind it, a slow password hash would add nothing but time to every request.
"""

import hashlib
import re
import secrets
import string
from dataclasses import dataclass, field
from typing import Final

_IDENTIFIER_ALPHABET: Final = string.ascii_lowercase + string.digits
_SECRET_ALPHABET: Final = string.ascii_letters + string.digits
_IDENTIFIER_LENGTH: Final = 12
_SECRET_LENGTH: Final = 43
_SHAPE: Final = re.compile(r"(tl_(?:live|test)_[a-z0-9]{12})_[A-Za-z0-9]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """A freshly made key. ``secret`` is the whole key as a client sends it."""

    prefix: str
    secret: str = field(repr=False)


def make_key(*, is_test: bool) -> KeyMaterial:
    """A new random key."""
    identifier = "".join(secrets.choice(_IDENTIFIER_ALPHABET) for _ in range(_IDENTIFIER_LENGTH))
    prefix = f"tl_{'test' if is_test else 'live'}_{identifier}"
    tail = "".join(secrets.choice(_SECRET_ALPHABET) for _ in range(_SECRET_LENGTH))
    return KeyMaterial(prefix=prefix, secret=f"{prefix}_{tail}")


def parse_prefix(secret: str) -> str | None:
    """The prefix of a key as a client sends it, or None when it cannot be a key."""
    found = _SHAPE.fullmatch(secret)
    return found[1] if found else None


def digest(secret: str) -> bytes:
    """The 32 bytes that are kept of a key."""
    return hashlib.sha256(secret.encode()).digest()
