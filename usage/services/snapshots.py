"""What a worker remembers between batches: the price list, and per organization who is who and when.

Memory may be old; it is never trusted alone. Every ingest transaction compares the versions under its locks and,
when something changed, has the memory renewed and the batch prepared again.
"""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import date
from threading import Lock
from typing import Final

from teams.queries.directory import Directory, load_directory
from teams.services.directory import ensure_departments, ensure_members, ensure_projects
from usage.contract_rates import ContractRates
from usage.model_matching import placeholder_name
from usage.models import Integration, UsagePeriod
from usage.periods import Calendar
from usage.pricing import PriceList
from usage.queries.contract_rates import load_contract_rates
from usage.queries.partitions import partitioned_months
from usage.queries.periods import load_calendar
from usage.queries.price_list import load_price_list
from usage.services.periods import ensure_periods
from usage.services.placeholders import ensure_integrations, ensure_models

ORGANIZATIONS_KEPT: Final = 2_000


class OrganizationSnapshot:
    """One organization's directory and calendar, with the placeholders made since they were read.

    The dictionaries only ever grow, so threads may share them.
    """

    def __init__(self, *, directory: Directory, integrations: dict[str, int], calendar: Calendar) -> None:
        self.directory = directory
        self.calendar = calendar
        self.members = dict(directory.members)
        self.departments = dict(directory.departments)
        self.projects = dict(directory.projects)
        self.integrations = integrations
        self.department_at = directory.department_at
        self.has_departments = directory.has_departments

    def add_unknown(
        self,
        *,
        members: Iterable[str],
        departments: Iterable[str],
        projects: Iterable[str],
        integrations: Iterable[str],
    ) -> None:
        """Make placeholders for ids that the directory lacks."""
        organization_id = self.directory.organization_id
        self.members |= ensure_members(organization_id, _missing(members, self.members))
        self.departments |= ensure_departments(organization_id, _missing(departments, self.departments))
        self.projects |= ensure_projects(organization_id, _missing(projects, self.projects))
        self.integrations |= ensure_integrations(organization_id, _missing(integrations, self.integrations))


def _missing(wanted: Iterable[str], known: dict[str, int]) -> set[str]:
    """Not by subtracting sets: that would walk through all that is known."""
    return {name for name in wanted if name not in known}


class PriceSnapshot:
    """The price list with the contract rates on it, and the placeholders of models that it lacks."""

    def __init__(self, *, price_list: PriceList, contract_rates: ContractRates) -> None:
        self.price_list = price_list
        self.contract_rates = contract_rates
        self.models: dict[tuple[str, str], int] = {}

    def add_unknown(self, names: Iterable[tuple[str, str]]) -> None:
        """Make placeholders for those (provider as sent, model) pairs that nobody knows."""
        resolve, canonical = self.price_list.resolve_model, self.price_list.canonical_provider
        unknown = [pair for pair in names if pair[1] and pair not in self.models and not resolve(*pair)]
        if unknown:
            made = ensure_models((canonical(provider), placeholder_name(name)) for provider, name in unknown)
            self.models |= {
                (sent, name): made[canonical(sent), placeholder_name(name)] for sent, name in unknown
            }


class Memory:
    """The process's memory. One per process; ``forget`` empties it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._organizations: OrderedDict[int, OrganizationSnapshot] = OrderedDict()
        self._prices: PriceSnapshot | None = None
        self._partitioned: frozenset[date] = frozenset()

    def forget(self) -> None:
        """Drop everything."""
        with self._lock:
            self._organizations.clear()
            self._prices = None
            self._partitioned = frozenset()

    def prices(self) -> PriceSnapshot:
        return self._prices or self.renew_prices()

    def renew_prices(self) -> PriceSnapshot:
        """Read the price list anew. Placeholders are dropped with the old one: a model may have got a price."""
        # The version is read with the list, before the rates: what is newer than its number is only read again.
        price_list = load_price_list()
        loaded = PriceSnapshot(price_list=price_list, contract_rates=load_contract_rates())
        self._prices = loaded
        return loaded

    def organization(self, organization_id: int) -> OrganizationSnapshot:
        with self._lock:
            found = self._organizations.get(organization_id)
            if found is not None:
                self._organizations.move_to_end(organization_id)
                return found
        return self.renew_organization(organization_id)

    def renew_organization(self, organization_id: int) -> OrganizationSnapshot:
        """Read an organization anew, making the periods that it lacks."""
        ensure_periods(organization_id)
        rows = Integration.objects.filter(organization_id=organization_id)
        loaded = OrganizationSnapshot(
            directory=load_directory(organization_id),
            integrations={row.external_id: row.merged_into_id or row.pk for row in rows},
            calendar=load_calendar(organization_id),
        )
        with self._lock:
            self._organizations[organization_id] = loaded
            while len(self._organizations) > ORGANIZATIONS_KEPT:
                self._organizations.popitem(last=False)
        return loaded

    def has_new_months(self, snapshot: OrganizationSnapshot) -> bool:
        """Whether the calendar of ``snapshot`` is behind: months were made since, or it is time to make them."""
        organization_id = snapshot.directory.organization_id
        if ensure_periods(organization_id):
            return True
        standing = UsagePeriod.objects.filter(organization_id=organization_id).count()
        return standing != len(snapshot.calendar.periods)

    def has_partition(self, month: date) -> bool:
        """Whether events of ``month`` can be stored; looks again before it says no."""
        if month not in self._partitioned:
            self._partitioned = partitioned_months()
        return month in self._partitioned


MEMORY: Final = Memory()
