"""Whose usage a request of the API asks for."""

from django.utils.translation import gettext as _
from rest_framework.request import Request

from teams.api.problems import Problem
from teams.models import ApiKey
from teams.permissions import Access
from teams.queries.access import access_for, access_of_key, organizations_for

PARAMETER = "organization"


def request_access(request: Request) -> Access:
    """The access that a request carries: its key's, or its person's in ``?organization=<short name>``.

    People of one organization need not name it. Raises ``NotVisible`` for one that they may not see.
    """
    if isinstance(request.auth, ApiKey):
        return access_of_key(request.auth)
    slug = request.query_params.get(PARAMETER)
    if not slug:
        choices = organizations_for(request.user)
        if len(choices) != 1:
            reason = _("Name the organization by its short name.")
            raise Problem(status=400, detail=reason, errors=[(PARAMETER, reason)])
        slug = choices[0].slug
    return access_for(user=request.user, organization_slug=slug)
