"""Closed lists of words used by every app."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a member may see and do in an organization; the rules are in ``teams.permissions``."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    BILLING = "billing", _("Billing")
    DEPARTMENT_LEAD = "department_lead", _("Department lead")
    MEMBER = "member", _("Member")
    AUDITOR = "auditor", _("Auditor")


class KeyScope(models.TextChoices):
    """What an API key opens."""

    USAGE_WRITE = "usage:write", _("Send usage events")
    USAGE_READ = "usage:read", _("Read usage of the whole organization")
    BILLING_READ = "billing:read", _("Read invoices")


class ScopeKind(models.TextChoices):
    """The four views that each partition an organization's usage: every event has exactly one id in each."""

    ORGANIZATION = "organization", _("Organization")
    DEPARTMENT = "department", _("Department")
    PROJECT = "project", _("Project")
    MEMBER = "member", _("Member")


class Channel(models.TextChoices):
    """The way an outbox message takes."""

    EMAIL = "email", _("E-mail")


class OutboxStatus(models.TextChoices):
    """Where an outbox message stands. *Dead* was given up and is only sent when a person says so."""

    PENDING = "pending", _("Waiting")
    SENT = "sent", _("Sent")
    DEAD = "dead", _("Dead")
