from teams.models.api_key import ApiKey
from teams.models.audit import AuditEntry
from teams.models.document import Document
from teams.models.organization import Organization, OrganizationZone
from teams.models.outbox import OutboxMessage
from teams.models.people import Department, DepartmentMembership, Member, Project
from teams.models.user import User

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Department",
    "DepartmentMembership",
    "Document",
    "Member",
    "Organization",
    "OrganizationZone",
    "OutboxMessage",
    "Project",
    "User",
]
