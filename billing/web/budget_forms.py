"""The form for a budget in the web app. What is right is decided by ``billing.services.budgets``."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.enums import BudgetUnit, PeriodKind
from billing.models import Budget
from billing.models.budget import DEFAULT_THRESHOLDS
from billing.services.budgets import parse_thresholds


class BudgetForm(forms.Form):
    """Without ``scopes`` (choices by kind) the budget stands and its scope stays."""

    name = forms.CharField(label=_("Name"), max_length=200)
    scope = forms.ChoiceField(label=_("For"))
    limit = forms.DecimalField(label=_("Limit"), min_value=0, max_digits=20, decimal_places=4)
    unit = forms.ChoiceField(label=_("Unit"), choices=BudgetUnit.choices)
    period_kind = forms.ChoiceField(
        label=_("Per"),
        choices=PeriodKind.choices,
        initial=PeriodKind.MONTH,
        help_text=_("Calendar periods; a budget covers the whole of the current one."),
    )
    thresholds = forms.CharField(
        label=_("Thresholds, %"),
        max_length=200,
        initial=", ".join(map(str, DEFAULT_THRESHOLDS)),
        help_text=_("Whoever it concerns is told once by e-mail at each of them."),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, *args: Any, scopes: Any = None, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            (BudgetUnit.MONEY.value, currency),
            (BudgetUnit.TOKENS.value, _("Tokens")),
        ]
        if scopes is None:
            del self.fields["scope"]
        else:
            self.fields["scope"].choices = scopes  # type: ignore[attr-defined]
            del self.fields["is_active"]

    def clean_thresholds(self) -> list[int]:
        return parse_thresholds(self.cleaned_data["thresholds"])

    def values(self) -> dict[str, Any]:
        """What the services take."""
        values = dict(self.cleaned_data)
        if scope := values.pop("scope", ""):
            kind, _colon, entry_id = scope.partition(":")
            values |= {"scope_kind": kind, "scope_id": int(entry_id)}
        return values

    def show(self, error: ValidationError) -> None:
        """Put what a service refused beside its field, or above the form."""
        by_field: Mapping[str, Any] = getattr(error, "error_dict", {None: error})
        for name, errors in by_field.items():
            self.add_error(name if name in self.fields else None, errors)


def values_of(budget: Budget) -> dict[str, Any]:
    """A standing budget as the form shows it."""
    return {
        "name": budget.name,
        "limit": f"{budget.limit.normalize():f}",
        "unit": budget.unit,
        "period_kind": budget.period_kind,
        "thresholds": ", ".join(map(str, budget.thresholds)),
        "is_active": budget.is_active,
    }
