from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.money import amount_field
from usage.models import LlmModel
from usage.models.price import UnitPrices


class Plan(models.Model):
    """What an organization pays: a fee per month, tokens that it includes, and prices of usage.

    ``markup_factor`` multiplies list prices (1 is the list, 1.2 adds 20 %, 0.9 takes 10 % off); models with a
    price of the plan's own are not multiplied.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)
    currency = models.CharField(_("currency of the fee"), max_length=3, default="USD")
    base_fee = amount_field(_("base fee a month"), default=0, validators=[MinValueValidator(0)])
    included_tokens = models.PositiveBigIntegerField(_("included tokens a month"), default=0)
    markup_factor = models.DecimalField(
        _("factor on list prices"),
        max_digits=12,
        decimal_places=6,
        default=1,
        validators=[MinValueValidator(0)],
    )
    is_active = models.BooleanField(_("offered"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class PlanPrice(UnitPrices):
    """A plan's own unit prices for one model; published as the organization's price rows when it subscribes."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="prices")
    model = models.ForeignKey(LlmModel, verbose_name=_("model"), on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("price of the plan")
        verbose_name_plural = _("prices of the plan")
        constraints = [models.UniqueConstraint(fields=["plan", "model"], name="one_price_per_plan_and_model")]

    def __str__(self) -> str:
        return str(self.model)


class Subscription(models.Model):
    """The plan of an organization from the first day of a billing month to another; open-ended without one."""

    organization = models.ForeignKey(
        "teams.Organization",
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="subscriptions",
    )
    plan = models.ForeignKey(
        Plan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="subscriptions"
    )
    valid_from = models.DateField(_("from"), help_text=_("The first day of a billing month."))
    valid_until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The first month without it.")
    )

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ("organization", "valid_from")
        constraints = [
            models.UniqueConstraint(fields=["organization", "valid_from"], name="one_plan_at_a_time"),
            models.UniqueConstraint(
                fields=["organization"], condition=Q(valid_until__isnull=True), name="one_open_subscription"
            ),
            models.CheckConstraint(
                condition=Q(valid_from__day=1) & (Q(valid_until__isnull=True) | Q(valid_until__day=1)),
                name="subscription_changes_with_a_month",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="subscription_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.plan}"
