from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminSelectWidget

from teams.admin.audited import AuditedAdmin, ReadOnlyInline, actor_of
from teams.admin.pages import entry_url
from teams.models import ApiKey, Department, Member, Organization, OrganizationZone, Project
from teams.services.organizations import check_currency, create_organization


def _countries() -> list[tuple[str, str]]:
    names = Locale.parse(get_language() or "en", sep="-").territories
    countries = [(code, name) for code, name in names.items() if len(code) == 2 and code.isalpha()]
    return [("", "–"), *sorted(countries, key=lambda country: country[1])]


class TimeZoneField(forms.ChoiceField):
    """One zone of the tz database."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Time zone"),
            choices=lambda: [(name, name) for name in sorted(available_timezones())],
            initial="UTC",
            widget=UnfoldAdminSelect2Widget,
        )


class CountryField(forms.ChoiceField):
    """One country, by its two-letter code."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(
            label=gettext_lazy("Country"),
            choices=_countries,
            required=required,
            widget=UnfoldAdminSelect2Widget,
        )


class OrganizationForm(forms.ModelForm):
    country = CountryField(required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=settings.DOCUMENT_LANGUAGES,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("Of e-mails and invoices."),
    )
    week_start = forms.TypedChoiceField(
        label=gettext_lazy("First day of the week"),
        coerce=int,
        choices=[(number + 1, name) for number, name in WEEKDAYS.items()],
        widget=UnfoldAdminSelectWidget,
    )

    fiscal_year_start = forms.TypedChoiceField(
        label=gettext_lazy("First month of the fiscal year"),
        coerce=int,
        choices=MONTHS.items(),
        initial=1,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("Panels count quarters and years from it."),
    )

    class Meta:
        model = Organization
        fields = ("name", "slug", "currency", "country", "language", "week_start", "fiscal_year_start")

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        try:
            check_currency(code)
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from error
        return code


class NewOrganizationForm(OrganizationForm):
    time_zone = TimeZoneField()


class ZoneInline(ReadOnlyInline):
    model = OrganizationZone
    fields = ("valid_from", "time_zone")


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("real", _("Real")), ("test", _("Test twins"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Organization]) -> QuerySet[Organization]:
        if self.value() in ("real", "test"):
            return queryset.filter(twin_of__isnull=self.value() == "real")
        return queryset


@admin.register(Organization)
class OrganizationAdmin(AuditedAdmin):
    list_display = (
        "name",
        "slug",
        "currency",
        "members",
        "departments",
        "projects",
        "api_keys_in_use",
        "kind",
    )
    list_filter = (KindFilter,)
    search_fields = ("name", "slug")
    form = OrganizationForm
    inlines = (ZoneInline,)
    readonly_fields = ("twin_link", "created_at")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewOrganizationForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Organization | None = None) -> tuple[str, ...]:
        if obj is None:
            return (*OrganizationForm.Meta.fields, "time_zone")
        return (*OrganizationForm.Meta.fields, *self.readonly_fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Organization | None = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Organization | None = None) -> Any:
        return self.inlines if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        counts = {
            "member_count": Member.objects.filter(left_at=None, merged_into=None),
            "department_count": Department.objects.filter(merged_into=None),
            "project_count": Project.objects.filter(merged_into=None),
            "key_count": ApiKey.objects.filter(revoked_at=None),
        }
        annotations = {name: _count(rows) for name, rows in counts.items()}
        return super().get_queryset(request).select_related("twin_of", "twin").annotate(**annotations)

    @display(description=gettext_lazy("members"), ordering="member_count")
    def members(self, row: Any) -> int:
        return int(row.member_count)

    @display(description=gettext_lazy("departments"), ordering="department_count")
    def departments(self, row: Any) -> int:
        return int(row.department_count)

    @display(description=gettext_lazy("projects"), ordering="project_count")
    def projects(self, row: Any) -> int:
        return int(row.project_count)

    @display(description=gettext_lazy("keys in use"), ordering="key_count")
    def api_keys_in_use(self, row: Any) -> int:
        return int(row.key_count)

    @display(description=gettext_lazy("kind"), label={"real": "success", "test": "info"})
    def kind(self, row: Organization) -> tuple[str, str]:
        return ("test", _("Test twin")) if row.is_test else ("real", _("Real"))

    @display(description=gettext_lazy("test twin"))
    def twin_link(self, row: Organization) -> str:
        other = row.twin_of if row.is_test else getattr(row, "twin", None)
        if other is None:
            return _("Made with the first test key.")
        return format_html('<a class="text-link" href="{}">{}</a>', entry_url(other), other)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made = create_organization(**form.cleaned_data, actor=actor_of(request))
        obj.__dict__.update(made.__dict__)


def _count(rows: "QuerySet[Any]") -> Coalesce:
    counted = rows.filter(organization=OuterRef("pk")).order_by().values("organization")
    number = Subquery(counted.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
    return Coalesce(number, 0)
