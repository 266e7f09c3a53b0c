"""Lets people merge integrations that events named; nothing in the ledger moves."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from teams.models import User
from teams.services.audit import record_audit
from teams.services.memberships import bump_directory
from usage.models import Integration


@transaction.atomic
def merge_integration(
    *, source: Integration, target: Integration, actor: User | None = None, reason: str = ""
) -> Integration:
    """Show the usage of ``source`` under ``target`` from now on, and let coming events count there.

    Returns the root that ``target`` itself was merged into, or ``target``; what had been merged into ``source``
    follows. Raises ``ValidationError`` for a circle, another organization, or when ``source`` was merged before.
    """
    # The organization's row lock puts merges into one order, and ingest reads the integrations anew.
    bump_directory(source.organization_id)
    current = Integration.objects.select_related("organization").get(pk=source.pk)
    named = Integration.objects.select_related("merged_into").get(pk=target.pk)
    root = named.merged_into or named
    if root.organization_id != current.organization_id:
        raise ValidationError(_("Entries of different organizations cannot be merged."))
    if root.pk == current.pk:
        raise ValidationError(_("An entry cannot be merged into itself."))
    if current.merged_into_id is not None:
        raise ValidationError(_("This entry was merged before."))
    Integration.objects.filter(merged_into=current).update(merged_into=root)
    Integration.objects.filter(pk=current.pk).update(merged_into=root)
    record_audit(
        action="integration.merged",
        subject=current,
        actor=actor,
        organization=current.organization,
        reason=reason,
        facts={"source": current.external_id, "target": root.external_id},
    )
    return root
