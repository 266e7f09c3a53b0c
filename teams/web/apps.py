from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Django's admin with our rules of who may enter it."""

    default_site = "teams.web.staff_site.StaffAdminSite"
