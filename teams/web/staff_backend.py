"""What staff may do in the admin: everything, but for deciding who is staff."""

from typing import Any, Final

from django.contrib.auth.backends import BaseBackend

_APPS: Final = frozenset({"teams", "usage", "billing"})
_USERS: Final = "teams.view_user"


class StaffBackend(BaseBackend):
    """Gives every finance staff member the rights on our own models; a superuser's go further.

    It signs nobody in. Accounts are only seen: making staff is for superusers.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not (user_obj.is_active and user_obj.is_staff):
            return False
        app, _dot, right = perm.partition(".")
        return app in _APPS and (not right.endswith("_user") or perm == _USERS)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return bool(user_obj.is_active and user_obj.is_staff and app_label in _APPS)
