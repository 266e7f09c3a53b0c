"""The two organizations of the demo: Juniper Works, large enough to look around in, and a small neighbour."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from teams.demo import DEMO_SIGN_INS, DemoSignIn
from teams.enums import Role
from usage.demo.cast import DemoFile, DemoOrganization, Person, Service

PLACEHOLDER: Final = "contractor-7f3a"
UNPRICED: Final = ("juniper", "juniper-draft-7b")
"""Provider and model that no price list knows."""

OUTSIDER: Final = DemoSignIn(
    "Charlie Keller", "charlie@demo.example", _("Owner of another organization: nothing of the first one")
)
"""Signs in too, to see that nothing leaks."""

_NAMES: Final = {person.email.partition("@")[0]: person.full_name for person in DEMO_SIGN_INS}
_EMAILS: Final = {person.email.partition("@")[0]: person.email for person in DEMO_SIGN_INS}


def _known(external_id: str, **fields: object) -> Person:
    """Someone who can sign in."""
    return Person(external_id=external_id, name=_NAMES[external_id], email=_EMAILS[external_id], **fields)  # type: ignore[arg-type]


def _person(name: str, department: str, chats: float, **fields: object) -> Person:
    first = name.split()[0].lower()
    return Person(
        external_id=first,
        name=name,
        email=f"{first}@juniper.example",
        department=department,
        chats=chats,
        **fields,  # type: ignore[arg-type]
    )


_PEOPLE: Final = (
    _known("alice", role=Role.OWNER, department="product", chats=1.5, phone=0.5),
    _known("dana", role=Role.DEPARTMENT_LEAD, department="engineering", chats=3.5),
    _known("bob", department="engineering", chats=4.0, phone=0.15),
    _person("Erin Castillo", "engineering", 5.5),
    _person("Farid Amiri", "engineering", 4.5),
    _person("Grace Mbeki", "engineering", 3.0, there=(0.35, 1.01)),
    _person("Hiro Tanaka", "engineering", 5.0, moves_to="research", moves_at=0.55),
    _person("Ines Moreau", "engineering", 2.5, there=(0.0, 0.72)),
    _person("Jonas Weber", "research", 3.5),
    _person("Katya Petrova", "research", 4.0),
    _person("Liam Byrne", "research", 2.0, there=(0.6, 1.01)),
    _person("Mei Chen", "product", 2.5, role=Role.ADMIN),
    _person("Noor Haddad", "sales", 2.5, moves_to="marketing", moves_at=0.45, phone=0.4),
    _person("Oscar Lind", "sales", 2.0, phone=0.6),
    _person("Priya Nair", "sales", 2.5, phone=0.45),
    _person("Quentin Roy", "sales", 1.0, there=(0.5, 1.01), phone=0.5),
    _person("Rosa Jimenez", "support", 4.0),
    _person("Sam Adeyemi", "support", 3.5, phone=0.3),
    _person("Tess Vermeer", "support", 3.0),
    _person("Uma Iyer", "marketing", 3.0),
    _person("Victor Hugo Lima", "marketing", 2.0, phone=0.35),
    _person("Wanda Kowalska", "finance", 1.5, role=Role.BILLING),
    _person("Xavier Dubois", "finance", 1.0, role=Role.AUDITOR),
    _person("Yara Saleh", "product", 2.0, there=(0.25, 1.01)),
    Person(external_id=PLACEHOLDER, chats=2.0, there=(0.86, 0.95)),
)

_SERVICES: Final = (
    Service(
        name="gmail",
        feature="agents",
        integration="gmail",
        calls=14,
        input_tokens=2_200,
        output_tokens=180,
        titles=("Inbox digest", "Reply drafts"),
    ),
    Service(
        name="slack",
        feature="chat",
        integration="slack",
        calls=16,
        input_tokens=900,
        output_tokens=140,
        titles=("Channel question", "Thread summary"),
        trouble=(0.905, 0.92),
    ),
    Service(
        name="notion",
        feature="files",
        integration="notion",
        calls=7,
        input_tokens=5_500,
        output_tokens=350,
        titles=("Page summary", "Meeting notes"),
    ),
    Service(
        name="salesforce",
        feature="analysis",
        integration="salesforce",
        department="sales",
        calls=9,
        input_tokens=3_000,
        output_tokens=260,
        titles=("Account brief", "Pipeline note"),
        there=(0.3, 1.01),
    ),
    Service(
        name="helpdesk-bot",
        feature="chat",
        project="helpdesk",
        department="support",
        platform="api",
        has_member=False,
        calls=20,
        weekend=0.7,
        input_tokens=2_600,
        output_tokens=240,
        titles=("Ticket answer",),
    ),
    Service(
        name="nightly-report",
        feature="analysis",
        project="reports",
        platform="api",
        tier="large",
        has_member=False,
        calls=2,
        weekend=1.0,
        input_tokens=26_000,
        output_tokens=1_800,
        titles=("Nightly report",),
        there=(0.2, 1.01),
    ),
)

_FILES: Final = tuple(
    DemoFile(
        external_id=f"file-{number:02}",
        name=name,
        size_bytes=tokens * 7 + 20_480,
        tokens=tokens,
        owner=owner,
        uploaded=uploaded,
    )
    for number, (name, tokens, owner, uploaded) in enumerate(
        (
            ("Product handbook.pdf", 48_000, "mei", 0.0),
            ("Security policy.pdf", 21_000, "dana", 0.0),
            ("Price book 2026.xlsx", 9_500, "priya", 0.02),
            ("Brand guide.pdf", 14_000, "uma", 0.03),
            ("Incident review template.docx", 2_200, "erin", 0.05),
            ("Support macros.csv", 12_500, "rosa", 0.06),
            ("Master services agreement.pdf", 31_000, "oscar", 0.12),
            ("Quarter 1 results.pptx", 7_800, "wanda", 0.25),
            ("Interview notes.docx", 17_500, "katya", 0.3),
            ("API reference.md", 36_000, "farid", 0.34),
            ("Competitor overview.pdf", 26_000, "victor", 0.42),
            ("Quarter 2 results.pptx", 8_100, "wanda", 0.5),
            ("Load test results.csv", 19_000, "bob", 0.58),
            ("Research plan.pdf", 11_000, "jonas", 0.63),
            ("Customer survey.csv", 42_000, "tess", 0.7),
            ("Quarter 3 results.pptx", 8_600, "wanda", 0.76),
            ("Board memo.pdf", 6_400, "alice", 0.82),
            ("Migration guide.md", 15_500, "hiro", 0.88),
        ),
        1,
    )
)

JUNIPER: Final = DemoOrganization(
    slug="demo",
    name="Juniper Works",
    time_zone="America/New_York",
    country="US",
    currency="USD",
    departments={
        "engineering": "Engineering",
        "research": "Research",
        "product": "Product",
        "sales": "Sales",
        "support": "Support",
        "marketing": "Marketing",
        "finance": "Finance",
    },
    leads={"engineering": "dana"},
    projects={
        "atlas": "Atlas search",
        "beacon": "Beacon onboarding",
        "helpdesk": "Help desk",
        "reports": "Reports",
    },
    works_for={
        "engineering": ("atlas", "beacon"),
        "research": ("atlas", "reports"),
        "product": ("beacon", "atlas"),
        "sales": ("beacon",),
        "support": ("helpdesk",),
        "marketing": ("beacon", "reports"),
        "finance": ("reports",),
    },
    integrations={"gmail": "Gmail", "slack": "Slack", "notion": "Notion", "salesforce": "Salesforce"},
    people=_PEOPLE,
    services=_SERVICES,
    files=_FILES,
    spike_days_ago=45,
)

PEBBLE: Final = DemoOrganization(
    slug="pebble",
    name="Pebble & Söhne",
    time_zone="Europe/Berlin",
    country="DE",
    currency="EUR",
    departments={"studio": "Studio"},
    leads={},
    projects={},
    integrations={},
    people=(
        Person(
            external_id="charlie",
            name=OUTSIDER.full_name,
            email=OUTSIDER.email,
            role=Role.OWNER,
            department="studio",
            chats=3.0,
        ),
        Person(external_id="mona", name="Mona Brandt", department="studio", chats=2.0, phone=0.5),
    ),
    growth=1.4,
)

DEMO_ORGANIZATIONS: Final = (JUNIPER, PEBBLE)
