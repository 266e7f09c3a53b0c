"""What our admin pages share: changes leave a trace, and nothing with a history is deleted."""

from typing import Any, cast

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from teams.models import Organization, User
from teams.services.audit import record_audit


class AuditedAdmin(ModelAdmin):
    """Records every save in the audit history with the values before and after. Deletes nothing."""

    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:
        super().save_model(request, obj, form, change)
        name = obj._meta.model_name
        record_audit(
            action=f"{name}.changed" if change else f"{name}.created",
            subject=obj,
            actor=actor_of(request),
            organization=organization_of(obj),
            facts=changed_values(form),
        )


class ReadOnlyInline(TabularInline):
    """Rows that are shown with their owner and changed elsewhere."""

    extra = 0
    hide_title = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def actor_of(request: HttpRequest) -> User:
    """Who acts: the admin opens to people who are signed in only."""
    return cast(User, request.user)


def organization_of(obj: Any) -> Organization | None:
    """The organization that an entry belongs to, or is."""
    return obj if isinstance(obj, Organization) else getattr(obj, "organization", None)


def changed_values(form: "ModelForm[Any]") -> dict[str, dict[str, Any]]:
    """Per changed field of the model its value before and after; ids for references."""
    facts = {}
    for name in form.changed_data:
        try:
            field = form.instance._meta.get_field(name)
        except FieldDoesNotExist:
            continue  # A field of the form only, such as a new password.
        facts[name] = {"before": form.initial.get(name), "after": field.value_from_object(form.instance)}
    return facts
