"""Whose usage a request of the API asks for."""

from django.utils.translation import gettext as _
from rest_framework.request import Request

from teams.api.problems import Problem
from teams.models import ApiKey, Organization
from teams.permissions import Access
from teams.queries.access import access_of_key, organization_and_access, organizations_for

PARAMETER = "organization"


def request_access(request: Request) -> Access:
    """The access that a request carries: see ``organization_asked``."""
    return organization_asked(request)[1]


def organization_asked(request: Request) -> tuple[Organization, Access]:
    """The organization of a request and its access to it: its key's, or its person's in ``?organization=<short name>``.

    People of one organization need not name it. Raises ``NotVisible`` for one that they may not see.
    """
    if isinstance(request.auth, ApiKey):
        return request.auth.organization, access_of_key(request.auth)
    slug = request.query_params.get(PARAMETER)
    if not slug:
        choices = organizations_for(request.user)
        if len(choices) != 1:
            reason = _("Name the organization by its short name.")
            raise Problem(status=400, detail=reason, errors=[(PARAMETER, reason)])
        slug = choices[0].slug
    return organization_and_access(user=request.user, organization_slug=slug)
