"""What the events of one batch have in common, and what follows from the names in an event alone. Pure.

On the hottest path there is: what is found out once is not looked up again for the next event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from usage.contract_rates import ContractRates
from usage.events import Event
from usage.pricing import PriceHistory, PriceList, PriceRow
from usage.staged_chats import Conversations

_ESCAPES: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class WhoIsWho(Protocol):
    """The ids of one organization's people and things, by the ids that clients use."""

    members: dict[str, int]
    departments: dict[str, int]
    projects: dict[str, int]
    integrations: dict[str, int]

    def department_at(self, member_id: int, instant: datetime) -> int:
        """The member's department at an instant, 0 when there was none."""
        ...

    def has_departments(self, member_id: int) -> bool:
        """Whether the member was in any department, ever."""
        ...


class Habit(NamedTuple):
    """What follows from the names in an event; people use the same few combinations again and again.

    ``scope`` is the run of id columns, the department's 0 where it is looked up by time (``dated_member``). ``own`` and
    ``listed`` are the model's prices over time: the organization's and the list's.
    """

    member_id: int
    dated_member: bool
    department_id: int
    rest_of_scope: str
    own: PriceHistory | None
    listed: PriceHistory | None
    names: str


@dataclass(slots=True)
class Batch:
    """What all events of one batch share, and what their lines collect on the way.

    ``prices_used`` gathers the price rows whose unit prices the statement needs for the charges of the batch, and
    ``price_columns`` what is written of them: (price, rate, list price) → columns. ``unpriced`` counts the events
    without a price, ``has_lists`` says whether any names tools or files, and ``conversations`` holds
    their chats and messages.
    """

    organization_id: int
    directory: WhoIsWho
    models: Mapping[tuple[str, str], int]
    price_list: PriceList
    contract_rates: ContractRates
    prices_used: dict[tuple[int, int], PriceRow] = field(default_factory=dict)
    price_columns: dict[tuple[int, int, int], str] = field(default_factory=dict)
    unpriced: int = 0
    has_lists: bool = False
    conversations: Conversations = field(default_factory=Conversations)
    habits: dict[tuple[str, ...], Habit] = field(default_factory=dict)


def habit_of(event: Event, batch: Batch) -> Habit:
    """What the names in ``event`` mean. The caller has made placeholders for the ones that nobody knows."""
    key = (
        event.member_id,
        event.feature,
        event.response_model,
        event.request_model,
        event.provider_name,
        event.project_id,
        event.integration_id,
        event.department_id,
        event.platform,
        event.operation_name,
        event.service_tier,
    )
    found = batch.habits.get(key)
    if found is None:
        found = batch.habits[key] = _new_habit(event, batch)
    return found


def _new_habit(event: Event, batch: Batch) -> Habit:
    directory = batch.directory
    member_id = directory.members[event.member_id] if event.member_id else 0
    project_id = directory.projects[event.project_id] if event.project_id else 0
    integration_id = directory.integrations[event.integration_id] if event.integration_id else 0
    model_id = _model_id(event, batch)
    own, listed = batch.price_list.histories(model_id, batch.organization_id, event.service_tier)
    return Habit(
        member_id=member_id,
        dated_member=bool(member_id) and directory.has_departments(member_id),
        department_id=directory.departments[event.department_id] if event.department_id else 0,
        rest_of_scope=f"{project_id}\t{integration_id}\t{model_id}",
        own=own,
        listed=listed,
        names=escaped(
            event.provider_name,
            event.request_model,
            event.response_model,
            event.operation_name,
            event.service_tier,
            event.feature,
            event.platform,
        ),
    )


def _model_id(event: Event, batch: Batch) -> int:
    """The model that answered, else the one asked for; 0 when the event names none."""
    name = event.response_model or event.request_model
    if not name:
        return 0
    return (
        batch.price_list.resolve_model(event.provider_name, name) or batch.models[event.provider_name, name]
    )


def escaped(*texts: str) -> str:
    """Columns of ``COPY`` text, with a tab between them."""
    return "\t".join([text.translate(_ESCAPES) for text in texts])
