from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks


class StaffAdminConfig(SimpleAdminConfig):
    """Django's admin with our rules of who may enter it.

    Its pages are loaded with the addresses (``config.urls``): the worker and most commands need none of them, and start
    in half the time.
    """

    default_site = "teams.web.staff_site.StaffAdminSite"

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_pages, checks.Tags.admin)


def check_pages(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[checks.CheckMessage]:
    """What Django checks of the admin's pages, which are all loaded for it."""
    autodiscover()
    return check_admin_app(app_configs, **options)
