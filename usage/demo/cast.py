"""What a demo organization is made of. Positions are parts of its history: 0 is its first day, 1 its last."""

from dataclasses import dataclass, field
from typing import Final

from teams.enums import Role

ALWAYS: Final = (0.0, 1.01)
"""From the first day to after the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who chats. ``chats`` is how many on an ordinary weekday, at the level of the last weeks.

    ``there`` is (joins, leaves); someone with ``moves_to`` goes there at ``moves_at``. ``phone`` is the share of
    chats on a phone. People without a name are not in the directory: their first event makes a placeholder.
    """

    external_id: str
    name: str = ""
    email: str = ""
    role: Role = Role.MEMBER
    department: str = ""
    moves_to: str = ""
    moves_at: float = 2.0
    chats: float = 2.5
    there: tuple[float, float] = ALWAYS
    phone: float = 0.2

    def department_at(self, position: float) -> str:
        """The department that the person is in."""
        return self.moves_to if position >= self.moves_at else self.department

    @property
    def leaves(self) -> bool:
        return self.there[1] <= 1

    def is_there(self, position: float) -> bool:
        return self.there[0] <= position < self.there[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something that calls models by itself: an integration for members, or a service key without any.

    ``users`` of the members have connected it. ``calls`` per ordinary weekday; ``weekend`` is the part of them on a
    Saturday or Sunday. ``trouble`` is a span of positions in which ``trouble_rate`` of the calls fail.
    """

    name: str
    feature: str
    titles: tuple[str, ...]
    tier: str = "small"
    calls: float = 8
    weekend: float = 0.3
    input_tokens: int = 1_500
    output_tokens: int = 200
    integration: str = ""
    project: str = ""
    department: str = ""
    platform: str = "integration"
    has_member: bool = True
    users: int = 3
    there: tuple[float, float] = ALWAYS
    trouble: tuple[float, float] = (2.0, 2.0)
    trouble_rate: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFile:
    """A file of the library, uploaded once and read by chats from then on."""

    external_id: str
    name: str
    size_bytes: int
    tokens: int
    owner: str
    uploaded: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrganization:
    """An organization of the demo. Departments, projects and integrations are external id → name.

    ``works_for`` names each department's projects. ``spike_days_ago`` is how many days before the last a runaway job
    costs several times a usual day.
    """

    slug: str
    name: str
    time_zone: str
    country: str
    currency: str
    departments: dict[str, str]
    leads: dict[str, str]
    projects: dict[str, str]
    integrations: dict[str, str]
    people: tuple[Person, ...]
    works_for: dict[str, tuple[str, ...]] = field(default_factory=dict)
    services: tuple[Service, ...] = ()
    files: tuple[DemoFile, ...] = ()
    growth: float = 2.2
    spike_days_ago: int = 0
