"""Voids of a usage file: what would become of them, and having them done."""

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from usage.corrections import VoidOutcome, is_possible_id
from usage.enums import VoidAnswer
from usage.imports.digests import DigestTable
from usage.imports.limits import BATCH, MAX_VOIDS
from usage.imports.rows import ReadRow
from usage.imports.unpacking import FileFault
from usage.imports.unstored import id_digest
from usage.queries.corrections import Correctable, correctable, positions, waiting_in_quarantine


class VoidForecast:
    """Collects the void rows of a file, and says what voiding will answer once the file's events stand."""

    def __init__(self, organization_id: int) -> None:
        self._organization_id = organization_id
        self._rows: list[ReadRow] = []
        self._waiting = DigestTable()
        self._seen: set[str] = set()

    def note(self, rows: Iterable[ReadRow]) -> None:
        """Rows that are voids. Raises ``FileFault`` for more than one file may hold."""
        self._rows.extend(rows)
        if len(self._rows) > MAX_VOIDS:
            raise FileFault(
                _("The file voids more than %(most)s events; divide it.") % {"most": f"{MAX_VOIDS:,}"}
            )

    def is_waiting(self, transaction_id: str) -> None:
        """Note an event of the file that will wait in quarantine."""
        self._waiting.put(id_digest(transaction_id), 1)

    def outcomes(self, stored: DigestTable | None) -> Iterator[tuple[list[ReadRow], list[VoidOutcome]]]:
        """Batches of void rows with what becomes of them; ``stored`` holds the ids that the file brings."""
        for start in range(0, len(self._rows), BATCH):
            rows = self._rows[start : start + BATCH]
            yield rows, self._batch([row.transaction_id for row in rows], stored or DigestTable())

    def _batch(self, names: Sequence[str], stored: DigestTable) -> list[VoidOutcome]:
        places = positions(self._organization_id, {name for name in names if is_possible_id(name)})
        found = correctable(self._organization_id, places.values())
        unknown = [name for name in names if name not in places]
        waiting = waiting_in_quarantine(self._organization_id, unknown) if unknown else set()
        outcomes = []
        for name in names:
            item = found.get(places[name][1]) if name in places else None
            is_waiting = name in waiting or bool(self._waiting.get(id_digest(name)))
            comes = bool(stored.get(id_digest(name)))
            outcomes.append(self._outcome(name, item, comes=comes, is_waiting=is_waiting))
            self._seen.add(name)
        return outcomes

    def _outcome(self, name: str, item: Correctable | None, *, comes: bool, is_waiting: bool) -> VoidOutcome:
        if item is not None and (item.is_correction or item.is_taken):
            return VoidOutcome(name, VoidAnswer.REFUSED, reason=_("It cannot be voided."))
        if item is not None or comes:
            is_old = (item is not None and item.is_voided) or name in self._seen
            return VoidOutcome(name, VoidAnswer.ALREADY_VOIDED if is_old else VoidAnswer.VOIDED)
        if is_waiting:
            reason = _("It waits in quarantine and counts nowhere. Have it discarded there instead.")
            return VoidOutcome(name, VoidAnswer.REFUSED, reason=reason)
        reason = _("This organization has no event with that transaction id.")
        return VoidOutcome(name, VoidAnswer.UNKNOWN, reason=reason)
