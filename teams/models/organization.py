from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Organization(models.Model):
    """A tenant. A *test twin* is an organization of its own that receives what test keys send; it is never billed."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    country = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en")
    week_start = models.PositiveSmallIntegerField(
        _("first day of the week"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(7)],
        help_text=_("1 is Monday, 7 is Sunday."),
    )
    fiscal_year_start = models.PositiveSmallIntegerField(
        _("first month of the fiscal year"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text=_("1 is January. Panels count quarters and years from it."),
    )
    twin_of = models.OneToOneField(
        "self",
        verbose_name=_("test twin of"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="twin",
    )
    directory_version = models.PositiveIntegerField(
        _("directory version"),
        default=0,
        editable=False,
        help_text=_("Grows when department memberships change, so that ingest workers read them anew."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_test(self) -> bool:
        """True for a test twin."""
        return self.twin_of_id is not None


class OrganizationZone(models.Model):
    """The time zone of an organization from the first day of a billing month on."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="zones")
    time_zone = models.CharField(_("time zone"), max_length=64)
    valid_from = models.DateField(_("valid from"), help_text=_("The first day of a billing month."))

    class Meta:
        verbose_name = _("time zone")
        verbose_name_plural = _("time zones")
        ordering = ("organization", "valid_from")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "valid_from"], name="one_zone_per_organization_and_date"
            ),
            models.CheckConstraint(condition=models.Q(valid_from__day=1), name="zone_starts_with_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.time_zone} ({self.valid_from})"
