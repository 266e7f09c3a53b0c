"""The parts of the page frame that need a look at who is signed in."""

import re
from typing import Any, Final

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from teams.demo import DEMO_PASSWORD, DEMO_SIGN_INS
from teams.models import Organization
from teams.permissions import Access
from teams.queries.access import NotVisible, access_for, organization_and_access, organizations_for
from teams.web.navigation import ORGANIZATION_PAGES

register = template.Library()

_WITHIN: Final = re.compile(r"/o/(?P<slug>[-\w]+)/", re.ASCII)


@register.inclusion_tag("web/navigation.html", takes_context=True)
def main_navigation(context: dict[str, Any]) -> dict[str, Any]:
    """The pages of ``organization``, if the page has one, and the way to the reader's other organizations.

    A page that there is not has none: its address may still lie within one that the reader may open.
    """
    request, organization, access = context["request"], context.get("organization"), context.get("access")
    pages: list[dict[str, Any]] = []
    if organization is None:
        organization, access = _around(request)
    if organization is not None:
        # Most pages have found out already who asks.
        access = access or access_for(user=request.user, organization_slug=organization.slug)
        for item in ORGANIZATION_PAGES:
            if item.may_see is None or item.may_see(access):
                url = reverse(item.url_name, args=[organization.slug])
                page = {"title": item.title, "icon": item.icon, "url": url, "group": str(item.group)}
                pages.append(page | {"current": _current(request.path, url, is_home=not pages)})
    user = request.user
    return {
        "organization": organization,
        "pages": pages,
        "user": user,
        "has_choice": not user.is_staff and len(organizations_for(user)) > 1,
    }


def _around(request: HttpRequest) -> tuple[Organization | None, Access | None]:
    """The organization that an address lies within, for those who may open it: to others it is as if there was none."""
    within = _WITHIN.match(request.path_info)
    if within is None:
        return None, None
    try:
        return organization_and_access(user=request.user, organization_slug=within["slug"])
    except NotVisible:
        return None, None


def _current(path: str, url: str, *, is_home: bool) -> str:
    """What ``aria-current`` says: "page" on the page itself, "true" on one that lies within it, else nothing."""
    if path == url:
        return "page"
    return "true" if path.startswith(url) and not is_home else ""


@register.inclusion_tag("web/demo_sign_ins.html")
def demo_sign_ins() -> dict[str, Any]:
    """Who can sign in to the demo, and nothing outside of it."""
    return {"people": DEMO_SIGN_INS if settings.DEMO else (), "password": DEMO_PASSWORD}
