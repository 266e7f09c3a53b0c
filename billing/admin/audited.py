"""Entries that are edited together with their rows; each changed row stands in the audit history too."""

from typing import Any

from django.http import HttpRequest

from teams.admin.audited import AuditedAdmin, actor_of, changed_values, organization_of
from teams.services.audit import record_audit


class AuditedRowsAdmin(AuditedAdmin):
    """A form with an ``audit_facts()`` says by itself what has changed."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        # What is deleted has no name afterwards.
        gone = [str(row.instance) for row in formset.deleted_forms if row.instance.pk]
        super().save_formset(request, form, formset, change)
        deleted = set(formset.deleted_forms)
        for row in formset.forms:
            if row.has_changed() and row not in deleted:
                verb = "changed" if row in formset.initial_forms else "created"
                self._note(request, form.instance, formset, verb, str(row.instance), _facts(row))
        for name in gone:
            self._note(request, form.instance, formset, "deleted", name, {})

    def _note(
        self, request: HttpRequest, owner: Any, formset: Any, verb: str, name: str, facts: dict[str, Any]
    ) -> None:
        record_audit(
            action=f"{formset.model._meta.model_name}.{verb}",
            subject=f"{owner}: {name}",
            actor=actor_of(request),
            organization=organization_of(owner),
            facts=facts,
        )


def _facts(row: Any) -> dict[str, Any]:
    return row.audit_facts() if hasattr(row, "audit_facts") else changed_values(row)
