from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.money import exchange_field


class ExchangeRate(models.Model):
    """What one US dollar was worth on a day, by a named source."""

    currency = models.CharField(_("currency"), max_length=3)
    rate_date = models.DateField(_("date"))
    units_per_usd = exchange_field(_("units for one US dollar"))
    source = models.CharField(_("source"), max_length=100)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ("currency", "-rate_date")
        constraints = [
            models.UniqueConstraint(fields=["currency", "rate_date"], name="one_rate_per_currency_and_day"),
            models.CheckConstraint(condition=models.Q(units_per_usd__gt=0), name="rates_are_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.units_per_usd} {self.currency} ({self.rate_date})"


class PeriodRate(models.Model):
    """The one rate of an organization's billing month: fixed once, used by budgets, panels and invoice alike."""

    organization = models.ForeignKey("teams.Organization", on_delete=models.PROTECT, related_name="+")
    period = models.DateField(_("billing month"))
    currency = models.CharField(_("currency"), max_length=3)
    units_per_usd = exchange_field(_("units for one US dollar"))
    rate_date = models.DateField(_("rate of"), null=True)
    fixed_at = models.DateTimeField(_("fixed"), auto_now_add=True)

    class Meta:
        verbose_name = _("rate of a month")
        verbose_name_plural = _("rates of months")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "period", "currency"], name="one_rate_per_organization_and_month"
            )
        ]
