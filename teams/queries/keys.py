"""Finds the API key that a client sent."""

import hmac
from datetime import datetime
from functools import cache
from typing import Final

from django.db import connection, models
from django.utils import timezone

from teams.api_keys import digest, parse_prefix
from teams.models import ApiKey, Organization

_NO_DIGEST: Final = bytes(32)


def find_api_key(secret: str, *, now: datetime | None = None) -> ApiKey | None:
    """The key that ``secret`` is, with its organization, or None when there is none or it no longer works.

    One query by the unique prefix, at every request: a key that is revoked stops at once, in every process. What is
    secret is compared in constant time, also when nothing was found.
    """
    prefix = parse_prefix(secret)
    if prefix is None:
        return None
    key = _key_with(prefix)
    kept = bytes(key.digest) if key is not None else _NO_DIGEST
    if not hmac.compare_digest(kept, digest(secret)) or key is None:
        return None
    moment = now or timezone.now()
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= moment):
        return None
    return key


def _key_with(prefix: str) -> ApiKey | None:
    """``select_related("organization").filter(prefix=prefix).first()``, whose SQL is put together only once.

    Django takes longer to compile that query than everything else that an authenticated request does.
    """
    with connection.cursor() as cursor:
        cursor.execute(_key_query(), [prefix])
        row = cursor.fetchone()
    if row is None:
        return None
    names = _columns(ApiKey)
    key: ApiKey = ApiKey.from_db(connection.alias, names, row[: len(names)])
    key.organization = Organization.from_db(connection.alias, _columns(Organization), row[len(names) :])
    return key


@cache
def _columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@cache
def _key_query() -> str:
    columns = ", ".join(
        f"{model._meta.db_table}.{field.column}"
        for model in (ApiKey, Organization)
        for field in model._meta.concrete_fields
    )
    return (
        f"SELECT {columns} FROM teams_apikey JOIN teams_organization "
        "ON teams_organization.id = teams_apikey.organization_id WHERE teams_apikey.prefix = %s"
    )
