"""Finds the API key that a client sent."""

import hmac
from datetime import datetime

from django.utils import timezone

from teams.api_keys import digest, parse_prefix
from teams.models import ApiKey

_NO_DIGEST = bytes(32)


def find_api_key(secret: str, *, now: datetime | None = None) -> ApiKey | None:
    """The key that ``secret`` is, with its organization, or None when there is none or it no longer works.

    One query by the unique prefix; what is secret is compared in constant time, also when nothing was found.
    """
    prefix = parse_prefix(secret)
    if prefix is None:
        return None
    key = ApiKey.objects.select_related("organization").filter(prefix=prefix).first()
    kept = bytes(key.digest) if key is not None else _NO_DIGEST
    if not hmac.compare_digest(kept, digest(secret)) or key is None:
        return None
    moment = now or timezone.now()
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= moment):
        return None
    return key
