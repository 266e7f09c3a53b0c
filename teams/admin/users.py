from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from teams.admin.audited import AuditedAdmin
from teams.models import User

# Rights come from roles and from being staff; groups would be a second answer to the same question.
admin.site.unregister(Group)


class NewUserForm(UserCreationForm):
    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class ChangedUserForm(UserChangeForm):
    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class UserAdmin(AuditedAdmin, DjangoUserAdmin):
    """People who can sign in. What they see in an organization hangs on their member entries."""

    form = ChangedUserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "full_name", "rights", "second_factor", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("email", "full_name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined", "second_factor")
    fieldsets = (
        (None, {"fields": ("email", "password", "full_name", "language")}),
        (gettext_lazy("Rights"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (gettext_lazy("Sign-in"), {"fields": ("second_factor", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "email",
                    "full_name",
                    "language",
                    "is_staff",
                    "usable_password",
                    "password1",
                    "password2",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(
            type=Authenticator.Type.RECOVERY_CODES
        )
        return super().get_queryset(request).annotate(has_second_factor=Exists(factors))

    @display(
        description=gettext_lazy("rights"),
        label={"superuser": "warning", "staff": "info"},
        ordering="is_staff",
    )
    def rights(self, row: User) -> tuple[str, str] | str:
        if row.is_superuser:
            return "superuser", _("Superuser")
        return ("staff", _("Finance staff")) if row.is_staff else ""

    @display(description=gettext_lazy("second factor"), boolean=True, ordering="has_second_factor")
    def second_factor(self, row: Any) -> bool:
        return bool(row.has_second_factor)
