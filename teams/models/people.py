from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from teams.enums import Role
from teams.models.organization import Organization


class _Directory(models.Model):
    """What departments, projects and members share: a client's own id for them, and a name people read.

    A *placeholder* was made by an event that named an unknown id; it can be named later. ``merged_into`` points
    at the entry that shows its usage from then on: history stays under the old id and is resolved when read.
    """

    organization = models.ForeignKey(Organization, verbose_name=_("organization"), on_delete=models.CASCADE)
    external_id = models.CharField(_("id at the client"), max_length=200)
    name = models.CharField(_("name"), max_length=200, blank=True)
    is_placeholder = models.BooleanField(_("placeholder"), default=False)
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("merged into"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name or self.external_id


class Department(_Directory):
    """A part of an organization; who belongs to it, and when, is in ``DepartmentMembership``."""

    lead = models.ForeignKey(
        "Member",
        verbose_name=_("lead"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="led_departments",
    )

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ("name", "external_id")
        constraints = [
            models.UniqueConstraint(fields=["organization", "external_id"], name="department_external_id")
        ]


class Project(_Directory):
    """Work that usage is booked on, across departments."""

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ("name", "external_id")
        constraints = [
            models.UniqueConstraint(fields=["organization", "external_id"], name="project_external_id")
        ]


class Member(_Directory):
    """A person in one organization, with or without a sign-in."""

    user = models.ForeignKey(
        "teams.User",
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="memberships",
    )
    email = models.EmailField(_("e-mail"), blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.MEMBER)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ("name", "external_id")
        constraints = [
            models.UniqueConstraint(fields=["organization", "external_id"], name="member_external_id"),
            models.UniqueConstraint(
                fields=["organization", "user"], condition=Q(user__isnull=False), name="one_member_per_user"
            ),
        ]


class DepartmentMembership(models.Model):
    """A member's department from one instant to another; ``ends_at`` empty means until further notice.

    Spans of one member never overlap: ``teams.services.memberships`` keeps that under the member's row lock.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="department_memberships")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="memberships")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("department membership")
        verbose_name_plural = _("department memberships")
        ordering = ("member", "starts_at")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["member", "starts_at"], name="one_membership_start_per_member"),
            models.UniqueConstraint(
                fields=["member"], condition=Q(ends_at__isnull=True), name="one_open_membership"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="membership_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} · {self.department}"
