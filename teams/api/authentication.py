"""How clients of the API say who they are: an API key as a bearer token, or in ``X-API-Key``."""

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from teams.api.problems import Problem
from teams.enums import KeyScope
from teams.models import ApiKey
from teams.queries.keys import find_api_key
from teams.services.keys import touch_api_key

if TYPE_CHECKING:
    from rest_framework.views import APIView

_KEY_START: Final = "tl_"
MISSING_SCOPE: Final = "urn:token-ledger:problem:missing-scope"


class KeyPrincipal:
    """Who ``request.user`` is when a key signed the request: someone signed in, and no person."""

    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    is_superuser = False
    pk = None
    id = None

    def __init__(self, key: ApiKey) -> None:
        self.key = key

    def __str__(self) -> str:
        return str(self.key)


class ApiKeyAuthentication(BaseAuthentication):
    """Reads ``Authorization: Bearer tl_…`` or ``X-API-Key: tl_…``; ``request.auth`` is then the ``ApiKey``.

    A bearer token of another kind is left to whoever knows it.
    """

    def authenticate(self, request: Request) -> tuple[KeyPrincipal, ApiKey] | None:
        secret = _sent_key(request)
        if secret is None:
            return None
        key = find_api_key(secret)
        if key is None:
            raise AuthenticationFailed(_("This API key is unknown, has expired or was revoked."))
        touch_api_key(key)
        return KeyPrincipal(key), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def RequiresScope(scope: KeyScope, *, people: bool = False) -> type[BasePermission]:
    """A permission for keys that have a scope: ``permission_classes = [RequiresScope(KeyScope.USAGE_WRITE)]``.

    With ``people=True`` signed-in people pass too; what they may see is then for the view to ask.
    """
    return type("RequiresScope", (_ScopePermission,), {"scope": scope, "people": people})


class _ScopePermission(BasePermission):
    scope: KeyScope
    people: bool

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if isinstance(request.auth, ApiKey):
            if self.scope in request.auth.scopes:
                return True
        elif not request.user.is_authenticated:
            if not self.people:
                raise NotAuthenticated(
                    _(
                        "This call needs an API key, also from people who are signed in: Authorization: Bearer tl_…."
                    )
                )
            return False
        elif self.people:
            return True
        raise Problem(
            status=403,
            type=MISSING_SCOPE,
            detail=_("This needs an API key with the scope “%(scope)s”.") % {"scope": self.scope.value},
        )


def _sent_key(request: Request) -> str | None:
    header = request.META.get("HTTP_X_API_KEY", "").strip()
    if header:
        return str(header)
    scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    token = token.strip()
    if scheme.lower() == "bearer" and token.startswith(_KEY_START):
        return str(token)
    return None
