"""Makes, rotates and revokes API keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from teams.api_keys import digest, make_key
from teams.enums import KeyScope
from teams.models import ApiKey, Organization, User
from teams.services.audit import record_audit
from teams.services.organizations import ensure_test_twin

# How long the old key still works after a rotation, unless the caller says otherwise.
ROTATION_OVERLAP: Final = timedelta(hours=24)
# ``last_used_at`` tells people whether a key is in use; to the minute is enough and spares many writes.
_TOUCH_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that was just made. ``secret`` is known now and never again."""

    key: ApiKey
    secret: str = field(repr=False)


@transaction.atomic
def create_api_key(
    *,
    organization: Organization,
    name: str,
    scopes: Sequence[KeyScope | str],
    is_test: bool = False,
    created_by: User | None = None,
    expires_at: datetime | None = None,
) -> NewApiKey:
    """A new key of ``organization`` or its test twin. Raises ``ValidationError`` naming the wrong fields."""
    if organization.is_test and not is_test:
        raise ValidationError({"is_test": _("A test organization has test keys only.")})
    if not scopes:
        raise ValidationError({"scopes": _("A key must open something.")})
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError({"expires_at": _("This moment has passed.")})
    new = _store_key(
        owner=ensure_test_twin(organization) if is_test else organization,
        name=name,
        scopes=sorted({str(scope) for scope in scopes}),
        created_by=created_by,
        expires_at=expires_at,
    )
    _record(
        "api_key.created",
        new.key,
        actor=created_by,
        facts={"scopes": new.key.scopes, "expires_at": expires_at},
    )
    return new


@transaction.atomic
def revoke_api_key(key: ApiKey, *, actor: User | None = None, reason: str = "") -> ApiKey:
    """End a key now. Revoking it again changes nothing."""
    locked = _lock(key)
    if locked.revoked_at is None:
        locked.revoked_at = timezone.now()
        locked.save(update_fields=["revoked_at"])
        _record("api_key.revoked", locked, actor=actor, reason=reason)
    return locked


@transaction.atomic
def rotate_api_key(
    key: ApiKey, *, actor: User | None = None, overlap: timedelta = ROTATION_OVERLAP, reason: str = ""
) -> NewApiKey:
    """A new key of the same name, scopes and lifetime; the old one works for ``overlap`` longer, then never.

    Raises ``ValidationError`` for a key that no longer works.
    """
    locked, now = _lock(key), timezone.now()
    if locked.revoked_at is not None or (locked.expires_at is not None and locked.expires_at <= now):
        raise ValidationError(_("This key no longer works; make a new one instead."))
    new = _store_key(
        owner=locked.organization,
        name=locked.name,
        scopes=locked.scopes,
        created_by=actor,
        expires_at=locked.expires_at and now + (locked.expires_at - locked.created_at),
    )
    if overlap > timedelta():
        locked.expires_at = min(locked.expires_at or now + overlap, now + overlap)
    else:
        locked.revoked_at = now
    locked.save(update_fields=["expires_at", "revoked_at"])
    facts = {"new_prefix": new.key.prefix, "old_works_until": locked.expires_at if overlap else now}
    _record("api_key.rotated", locked, actor=actor, reason=reason, facts=facts)
    return new


def touch_api_key(key: ApiKey) -> None:
    """Note that a key was used; writes at most once a minute per key, over all processes."""
    now = timezone.now()
    if key.last_used_at is not None and key.last_used_at > now - _TOUCH_EVERY:
        return
    unseen = Q(last_used_at=None) | Q(last_used_at__lte=now - _TOUCH_EVERY)
    ApiKey.objects.filter(unseen, pk=key.pk).update(last_used_at=now)
    key.last_used_at = now


def _store_key(
    *,
    owner: Organization,
    name: str,
    scopes: list[str],
    created_by: User | None,
    expires_at: datetime | None,
) -> NewApiKey:
    material = make_key(is_test=owner.is_test)
    key = ApiKey(
        organization=owner,
        name=name,
        prefix=material.prefix,
        digest=digest(material.secret),
        scopes=scopes,
        created_by=created_by,
        expires_at=expires_at,
    )
    key.full_clean()
    key.save()
    return NewApiKey(key=key, secret=material.secret)


def _lock(key: ApiKey) -> ApiKey:
    return ApiKey.objects.select_for_update(of=("self",)).select_related("organization").get(pk=key.pk)


def _record(
    action: str, key: ApiKey, *, actor: User | None, reason: str = "", facts: Mapping[str, Any] | None = None
) -> None:
    record_audit(
        action=action,
        subject=key,
        actor=actor,
        organization=key.organization,
        reason=reason,
        facts={"prefix": key.prefix, **(facts or {})},
    )
