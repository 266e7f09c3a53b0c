from teams.models.api_key import ApiKey
from teams.models.audit import AuditEntry
from teams.models.organization import Organization, OrganizationZone
from teams.models.people import Department, DepartmentMembership, Member, Project
from teams.models.user import User

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Department",
    "DepartmentMembership",
    "Member",
    "Organization",
    "OrganizationZone",
    "Project",
    "User",
]
