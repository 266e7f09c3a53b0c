from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from usage.price_windows import EVERY_DAY


class LlmProvider(models.Model):
    """A company whose models are called. ``aliases`` are other spellings that clients send for it.

    ``name_match`` and ``model_match`` are rules (see ``usage.model_matching``): for further spellings of its
    name, and for models that are its own when a client names no provider. ``fallback_providers`` are names of
    providers whose models it serves too.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    title = models.CharField(_("title"), max_length=200, blank=True)
    aliases = models.JSONField(_("aliases"), default=list, blank=True)
    name_match = models.JSONField(_("matches"), null=True, blank=True)
    model_match = models.JSONField(_("matches models"), null=True, blank=True)
    fallback_providers = models.JSONField(_("serves the models of"), default=list, blank=True)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.title or self.name


class LlmModel(models.Model):
    """A model as the price list names it, or, as a placeholder, as an event named it.

    ``match`` is the price list's rule for the names that mean this model (see ``usage.model_matching``);
    empty for placeholders, which mean just their own name.
    """

    provider_name = models.CharField(_("provider"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    title = models.CharField(_("title"), max_length=200, blank=True)
    match = models.JSONField(_("matches"), null=True, blank=True)
    context_window = models.BigIntegerField(_("context window, tokens"), null=True, blank=True)
    is_placeholder = models.BooleanField(_("placeholder"), default=False)
    first_seen_at = models.DateTimeField(_("first seen"), null=True, blank=True)

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")
        ordering = ("provider_name", "name")
        constraints = [models.UniqueConstraint(fields=["provider_name", "name"], name="model_per_provider")]

    def __str__(self) -> str:
        return self.title or self.name


def unit_price_field(label: Any) -> "models.DecimalField[Any, Any]":
    """US dollars for one unit (one token, call or second)."""
    return models.DecimalField(label, max_digits=30, decimal_places=15, null=True, blank=True)


class UnitPrices(models.Model):
    """One unit price per kind of charge; an empty one falls back as ``usage.pricing`` says."""

    input = unit_price_field(_("input"))
    cache_read = unit_price_field(_("cached input"))
    cache_write_5m = unit_price_field(_("cache write, 5 minutes"))
    cache_write_1h = unit_price_field(_("cache write, 1 hour"))
    audio_input = unit_price_field(_("audio input"))
    image_input = unit_price_field(_("image input"))
    output = unit_price_field(_("output"))
    reasoning = unit_price_field(_("reasoning"))
    audio_output = unit_price_field(_("audio output"))
    audio_second = unit_price_field(_("audio second"))
    web_search = unit_price_field(_("web search call"))
    code_run = unit_price_field(_("code run call"))
    call = unit_price_field(_("call"))

    class Meta:
        abstract = True


class Price(UnitPrices):
    """The unit prices of all kinds for one model and tier from an instant on, until the next row takes over.

    An ``organization`` makes it that organization's own price. ``context_threshold`` > 0 prices whole requests
    with more input tokens than that; a ``window_end`` > 0 makes it hold at some hours of the day only, before
    the row that holds at any. An empty unit price falls back as ``usage.pricing`` says; rows are never
    edited once events were priced by them.
    """

    model = models.ForeignKey(
        LlmModel, verbose_name=_("model"), on_delete=models.PROTECT, related_name="prices"
    )
    organization = models.ForeignKey(
        "teams.Organization", verbose_name=_("organization"), null=True, blank=True, on_delete=models.PROTECT
    )
    service_tier = models.CharField(_("service tier"), max_length=40, blank=True)
    context_threshold = models.BigIntegerField(_("above input tokens"), default=0)
    context_counts_cache_reads = models.BooleanField(
        _("cached input counts"),
        default=False,
        help_text=_("Whether cached input counts towards the number of input tokens."),
    )
    window_start = models.PositiveSmallIntegerField(
        _("from minute of the day"), default=0, help_text=_("Minutes after midnight, UTC.")
    )
    window_end = models.PositiveSmallIntegerField(
        _("until minute of the day"), default=0, help_text=_("Minutes after midnight, UTC; 0: at any hour.")
    )
    window_days = models.PositiveSmallIntegerField(
        _("days of the week"), default=EVERY_DAY, help_text=_("One bit per day, Monday the lowest.")
    )
    valid_from = models.DateTimeField(_("valid from"))
    is_withdrawn = models.BooleanField(
        _("withdrawn"), default=False, help_text=_("From this instant on the model has no price.")
    )
    source = models.CharField(_("source"), max_length=300)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ("model", "service_tier", "context_threshold", "-valid_from")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("model", "organization", "service_tier", "context_threshold"),
                    *("window_start", "window_end", "window_days", "valid_from"),
                ],
                name="one_price_per_model_tier_and_instant",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.service_tier or 'standard'} from {self.valid_from:%Y-%m-%d}"


class PriceListVersion(models.Model):
    """One row: grows with every change of prices or models, so that a worker knows when its copy is old."""

    singleton = models.BooleanField(primary_key=True, default=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(singleton=True), name="one_price_list_version")
        ]


class ContractRate(models.Model):
    """A factor on list prices that holds for an organization from an instant on, published by its plan.

    Own prices are not multiplied. Rows are never edited: an event keeps the rate that it was priced by.
    """

    organization = models.ForeignKey("teams.Organization", on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateTimeField(_("valid from"))
    factor = models.DecimalField(_("factor"), max_digits=12, decimal_places=6)
    source = models.CharField(_("source"), max_length=100)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("contract rate")
        verbose_name_plural = _("contract rates")
        ordering = ("organization", "-valid_from")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "valid_from"], name="one_contract_rate_per_instant"
            )
        ]

    def __str__(self) -> str:
        return f"× {self.factor.normalize():f}"
