"""Forms for budgets in the admin. What is right is decided by ``billing.services.budgets``."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from billing.models import Budget
from billing.models.budget import DEFAULT_THRESHOLDS
from billing.queries.budget_scopes import scope_choices
from billing.services.budgets import check_budget, parse_thresholds
from teams.models import Organization
from usage.admin.ledger import LedgerForm


class WhoseForm(forms.Form):
    """Whose budget it will be: what it can be for depends on it."""

    organization = forms.ModelChoiceField(
        label=_("Organization"),
        queryset=Organization.objects.all(),
        widget=AutocompleteSelect(
            Budget._meta.get_field("organization"),
            admin.site,
            attrs={"class": "unfold-admin-autocomplete", "data-theme": "admin-autocomplete"},
        ),
    )

    class Media(LedgerForm.Media):
        pass


class BudgetForm(forms.ModelForm):
    """A budget that stands. What it is for stays; a budget for something else is another budget."""

    thresholds = forms.CharField(
        label=_("Thresholds, %"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Whoever it concerns is told once by e-mail at each of them."),
    )

    class Meta:
        model = Budget
        fields: tuple[str, ...] = ("name", "limit", "unit", "period_kind", "thresholds", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["thresholds"] = ", ".join(map(str, self.instance.thresholds))
            self.initial["limit"] = f"{self.instance.limit.normalize():f}"
        organization = self.organization_of_budget()
        self.fields["limit"].help_text = _("In %(currency)s, or in tokens.") % {
            "currency": organization.currency
        }

    def organization_of_budget(self) -> Organization:
        return self.instance.organization

    def clean_thresholds(self) -> list[int]:
        return parse_thresholds(self.cleaned_data["thresholds"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors:
            self._check(values)
        return values

    def _check(self, values: dict[str, Any]) -> None:
        standing = self.instance
        budget = Budget(
            organization=self.organization_of_budget(),
            scope_kind=values.get("scope_kind", standing.scope_kind),
            scope_id=values.get("scope_id", standing.scope_id),
            **{name: values[name] for name in ("name", "limit", "unit", "period_kind", "thresholds")},
        )
        try:
            check_budget(budget)
        except ValidationError as error:
            for name, errors in error.error_dict.items():
                self.add_error(name if name in self.fields else None, errors)


class NewBudgetForm(BudgetForm):
    """A budget to be, of ``organization``."""

    organization: ClassVar[Organization]

    scope = forms.ChoiceField(label=_("For"), widget=UnfoldAdminSelect2Widget)

    class Meta(BudgetForm.Meta):
        fields = ("name", "limit", "unit", "period_kind", "thresholds")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("thresholds", ", ".join(map(str, DEFAULT_THRESHOLDS)))
        if not isinstance(self.initial["thresholds"], str):
            self.initial["thresholds"] = ", ".join(map(str, self.initial["thresholds"]))
        self.fields["scope"].choices = scope_choices(self.organization)  # type: ignore[attr-defined]

    def organization_of_budget(self) -> Organization:
        return self.organization

    def clean(self) -> dict[str, Any]:
        if scope := self.cleaned_data.get("scope"):
            kind, _colon, entry_id = scope.partition(":")
            self.cleaned_data |= {"scope_kind": kind, "scope_id": int(entry_id)}
        return super().clean()
