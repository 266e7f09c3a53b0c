from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import BudgetUnit, PeriodKind
from teams.enums import ScopeKind

DEFAULT_THRESHOLDS = (75, 90, 95)


def default_thresholds() -> list[int]:
    return list(DEFAULT_THRESHOLDS)


class Budget(models.Model):
    """A limit on what a scope may use in each calendar period, and the percentages at which people are told.

    ``version`` counts on when limit, unit or period change: alerts are once per version, period and
    threshold. Periods that were over before ``watched_from`` were not this version's: late usage in them alerts
    nobody. ``limit`` is in the organization's currency, or in tokens.
    """

    organization = models.ForeignKey(
        "teams.Organization", verbose_name=_("organization"), on_delete=models.PROTECT, related_name="budgets"
    )
    name = models.CharField(_("name"), max_length=200)
    scope_kind = models.CharField(_("for"), max_length=16, choices=ScopeKind.choices)
    scope_id = models.BigIntegerField(_("which"), help_text=_("The id of the department, project or member."))
    unit = models.CharField(_("unit"), max_length=8, choices=BudgetUnit.choices, default=BudgetUnit.MONEY)
    limit = models.DecimalField(
        _("limit"), max_digits=24, decimal_places=4, validators=[MinValueValidator(0)]
    )
    period_kind = models.CharField(
        _("per"), max_length=8, choices=PeriodKind.choices, default=PeriodKind.MONTH
    )
    thresholds = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1)]),
        verbose_name=_("thresholds, %"),
        default=default_thresholds,
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    watched_from = models.DateField(
        _("watched from"),
        null=True,
        editable=False,
        help_text=_("The first day of the first period that this version is for; empty: every period."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        ordering = ("organization", "scope_kind", "name")
        indexes = [models.Index(fields=["organization", "is_active"], name="budget_by_organization")]

    def __str__(self) -> str:
        return self.name


class TriggeredAlert(models.Model):
    """A threshold that was crossed: once per budget version, period and threshold, and kept."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="alerts")
    budget_version = models.PositiveIntegerField(_("budget version"))
    period_start = models.DateField(_("period from"))
    period_end = models.DateField(_("period to"), help_text=_("The last day."))
    threshold = models.PositiveSmallIntegerField(_("threshold, %"))
    limit = models.DecimalField(_("limit then"), max_digits=24, decimal_places=4)
    spent = models.DecimalField(_("spent then"), max_digits=38, decimal_places=15)
    is_lower_bound = models.BooleanField(_("at least"), default=False)
    triggered_at = models.DateTimeField(_("triggered"), auto_now_add=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        "teams.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("triggered alert")
        verbose_name_plural = _("triggered alerts")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "budget_version", "period_start", "threshold"],
                name="one_alert_per_version_period_and_threshold",
            )
        ]

    def __str__(self) -> str:
        return f"{self.budget}: {self.threshold} %"
