from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from teams.admin.audited import AuditedAdmin, ReadOnlyInline, actor_of
from teams.admin.pages import DayInput, ReasonForm, ask, entry_url, find_entry
from teams.models import Department, DepartmentMembership, Member, Project
from teams.queries.organizations import start_of_day
from teams.services.directory import merge_department, merge_member, merge_project
from teams.services.memberships import move_member


def _today() -> Any:
    return datetime.now(UTC).date()


class MergeForm(ReasonForm):
    target = forms.CharField(
        label=gettext_lazy("Merge into"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("The id at the client of the entry that shows the usage from now on."),
    )
    field_order = ("target", "reason")


class MoveForm(ReasonForm):
    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"),
        queryset=Department.objects.none(),
        required=False,
        empty_label=gettext_lazy("No department"),
        widget=UnfoldAdminSelect2Widget,
    )
    from_day = forms.DateField(
        label=gettext_lazy("From the beginning of"), initial=_today, widget=DayInput, required=True
    )
    field_order = ("department", "from_day", "reason")

    def __init__(self, *args: Any, departments: "QuerySet[Department]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Department]", self.fields["department"]).queryset = departments


class MembershipInline(ReadOnlyInline):
    model = DepartmentMembership
    fields = ("department", "starts_at", "ends_at")


class _DirectoryAdmin(AuditedAdmin):
    """Members, departments and projects: named, merged, never deleted."""

    list_filter: tuple[Any, ...] = (("organization", AutocompleteSelectFilter), "is_placeholder")
    list_select_related: tuple[str, ...] = ("organization", "merged_into")
    search_fields: tuple[str, ...] = ("name", "external_id")
    autocomplete_fields: tuple[str, ...] = ("organization",)
    readonly_fields = ("is_placeholder", "merged_into", "created_at")
    actions_detail: tuple[str, ...] = ("merge",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # What clients send and whose it is cannot change once usage hangs on it.
        return (*self.readonly_fields, "organization", "external_id") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if "name" in form.changed_data and obj.name:
            obj.is_placeholder = False
        super().save_model(request, obj, form, change)

    def merge_entry(self, source: Any, target: Any, *, actor: Any, reason: str) -> Any:
        raise NotImplementedError

    @display(
        description=gettext_lazy("state"),
        label={"merged": "info", "placeholder": "warning", "left": "danger"},
    )
    def state(self, row: Any) -> tuple[str, str] | str:
        if row.merged_into_id is not None:
            return "merged", _("Merged into %(name)s") % {"name": row.merged_into}
        if getattr(row, "left_at", None) is not None:
            return "left", _("Left")
        return ("placeholder", _("Placeholder")) if row.is_placeholder else ""

    @action(description=gettext_lazy("Merge"), url_path="merge", permissions=["change"])
    def merge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        source = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            siblings = self.model._default_manager.filter(organization=source.organization)
            target = siblings.filter(external_id=values["target"]).first()
            if target is None:
                raise ValidationError(_("There is no such entry in this organization."))
            root = self.merge_entry(source, target, actor=actor_of(request), reason=values["reason"])
            messages.success(request, _("Its usage is shown under %(name)s from now on.") % {"name": root})
            return redirect(entry_url(root))

        return ask(
            self,
            request,
            entry=source,
            form=MergeForm(request.POST or None),
            title=_("Merge %(name)s") % {"name": source},
            summary=_(
                "Its past and coming usage is shown under the other entry. Nothing in the ledger moves."
            ),
            submit_text=_("Merge"),
            act=act,
            is_dangerous=True,
        )


@admin.register(Member)
class MemberAdmin(_DirectoryAdmin):
    list_display = ("__str__", "organization", "role", "department_now", "email", "state")
    list_filter = ("role", *_DirectoryAdmin.list_filter)
    search_fields = ("name", "email", "external_id")
    autocomplete_fields = ("organization", "user")
    fields = (
        "organization",
        "external_id",
        "name",
        "email",
        "role",
        "user",
        "left_at",
        "is_placeholder",
        "merged_into",
        "created_at",
    )
    inlines = (MembershipInline,)
    actions_detail = ("move", "merge")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        current = DepartmentMembership.objects.filter(member=OuterRef("pk"), ends_at=None)
        name = Subquery(current.values("department__name")[:1])
        return super().get_queryset(request).annotate(current_department=name)

    @display(description=gettext_lazy("department"), ordering="current_department", empty_value="–")
    def department_now(self, row: Any) -> str | None:
        return row.current_department or None

    def merge_entry(self, source: Any, target: Any, *, actor: Any, reason: str) -> Any:
        return merge_member(source=source, target=target, actor=actor, reason=reason)

    @action(description=gettext_lazy("Move to a department"), url_path="move", permissions=["change"])
    def move(self, request: HttpRequest, object_id: str) -> HttpResponse:
        member = find_entry(self, request, object_id)
        departments = Department.objects.filter(organization=member.organization, merged_into=None)

        def act(values: dict[str, Any]) -> HttpResponse:
            move_member(
                member=member,
                department=values["department"],
                from_instant=start_of_day(member.organization_id, values["from_day"]),
                actor=actor_of(request),
                reason=values["reason"],
            )
            messages.success(request, _("%(name)s was moved.") % {"name": member})
            return redirect(entry_url(member))

        return ask(
            self,
            request,
            entry=member,
            form=MoveForm(request.POST or None, departments=departments),
            title=_("Move %(name)s to a department") % {"name": member},
            summary=_(
                "Now: %(department)s. Usage from that day on counts for the new department; "
                "earlier usage stays where it was."
            )
            % {"department": member.current_department or _("no department")},
            submit_text=_("Move"),
            act=act,
        )


@admin.register(Department)
class DepartmentAdmin(_DirectoryAdmin):
    list_display = ("__str__", "organization", "external_id", "lead", "state")
    list_select_related = ("organization", "merged_into", "lead")
    autocomplete_fields = ("organization", "lead")
    fields = ("organization", "external_id", "name", "lead", "is_placeholder", "merged_into", "created_at")

    def merge_entry(self, source: Any, target: Any, *, actor: Any, reason: str) -> Any:
        return merge_department(source=source, target=target, actor=actor, reason=reason)


@admin.register(Project)
class ProjectAdmin(_DirectoryAdmin):
    list_display = ("__str__", "organization", "external_id", "state")
    fields = ("organization", "external_id", "name", "is_placeholder", "merged_into", "created_at")

    def merge_entry(self, source: Any, target: Any, *, actor: Any, reason: str) -> Any:
        return merge_project(source=source, target=target, actor=actor, reason=reason)
