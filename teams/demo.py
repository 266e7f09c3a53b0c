"""Who can sign in to the demo. The demo's loader makes these people; the sign-in page and the greeting list them."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DEMO_PASSWORD: Final = "demo"  # noqa: S105  # public on purpose: it opens made-up data


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """One person of the demo and what they are there to show."""

    full_name: str
    email: str
    title: Promise


DEMO_SIGN_INS: Final = (
    DemoSignIn("Carol Reyes", "carol@demo.example", _("Finance staff: every organization, and the admin")),
    DemoSignIn("Alice Hartmann", "alice@demo.example", _("Owner: the whole organization")),
    DemoSignIn("Dana Okafor", "dana@demo.example", _("Department lead: her department")),
    DemoSignIn("Bob Lindqvist", "bob@demo.example", _("Member: his own usage")),
)
