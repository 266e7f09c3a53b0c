"""SQL that compares two relations by a key and tells where they differ, in both directions. Pure."""

from dataclasses import dataclass
from typing import Final

from usage.latency import BUCKETS
from usage.rollups import HISTOGRAM

EXPECTED: Final = "expected"
FOUND: Final = "found"
_NO_HISTOGRAM: Final = f"array_fill(0::bigint, ARRAY[{BUCKETS}])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What should stand in ``relation``, and what does, as two SELECTs with the columns of key and values.

    With ``zero_is_absent`` a row whose values are all zero equals no row, and ``labels`` are compared only where
    both sides have a row. Otherwise each row must stand on both sides. ``ctes`` are put before the statement;
    ``is_priced`` says that they take the parameters of ``ledger_sql.UNIT_PRICES``.
    """

    relation: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    expected: str
    found: str
    labels: tuple[str, ...] = ()
    zero_is_absent: bool = False
    ctes: str = ""
    is_priced: bool = False

    def count_statement(self) -> str:
        """SELECT: the number of keys on either side, and of those that differ."""
        return (
            f"{self._head()} SELECT count(*), count(*) FILTER (WHERE {self._differs()}) FROM {self._joined()}"
        )

    def list_statement(self, *, limit: int | None) -> str:
        """SELECT of the first ``limit`` differences, None for all: the key, then of both sides presence and values."""
        columns = (
            *self.key,
            *(f"{side}.present" for side in (EXPECTED, FOUND)),
            *(f"{side}.{name}" for side in (EXPECTED, FOUND) for name in self.compared),
        )
        return (
            f"{self._head()} SELECT {', '.join(columns)} FROM {self._joined()} "
            f"WHERE {self._differs()} ORDER BY {', '.join(self.key)}"
            + ("" if limit is None else f" LIMIT {int(limit)}")
        )

    @property
    def compared(self) -> tuple[str, ...]:
        """The columns whose values are compared."""
        return (*self.labels, *self.values)

    def _head(self) -> str:
        sides = f"{EXPECTED}_rows AS ({self.expected}), {FOUND}_rows AS ({self.found})"
        return f"WITH {self.ctes}, {sides}" if self.ctes else f"WITH {sides}"

    def _joined(self) -> str:
        return (
            f"(SELECT *, true AS present FROM {EXPECTED}_rows) {EXPECTED} "
            f"FULL JOIN (SELECT *, true AS present FROM {FOUND}_rows) {FOUND} USING ({', '.join(self.key)})"
        )

    def _differs(self) -> str:
        if self.zero_is_absent:
            return " OR ".join((*map(_differs_from_zero, self.values), *map(_label_differs, self.labels)))
        parts = [f"{EXPECTED}.present IS NULL", f"{FOUND}.present IS NULL"]
        parts += [f"{EXPECTED}.{name} IS DISTINCT FROM {FOUND}.{name}" for name in self.values]
        return " OR ".join(parts)


def _differs_from_zero(name: str) -> str:
    zero = _NO_HISTOGRAM if name == HISTOGRAM.name else "0"
    return f"coalesce({EXPECTED}.{name}, {zero}) IS DISTINCT FROM coalesce({FOUND}.{name}, {zero})"


def _label_differs(name: str) -> str:
    return f"coalesce({EXPECTED}.{name} <> {FOUND}.{name}, false)"
