"""The three ledgers that are compared: the first one, one where the others grew, one where the measured one grew."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.dashboards.clock import as_of
from benchmarks.dashboards.load import Sizes, grow, load_first, multiply, settle
from benchmarks.database import Server, database, server, started
from benchmarks.product import Installation, Organization, with_tables
from config.embedded_postgres import embedded_cluster
from config.problems import writable_folder

FIRST: Final = "first"
OTHERS_GREW: Final = "others_grew"
GREW: Final = "grew"
MEASURED: Final = "benchmark-0"
MANIFEST: Final = "dashboards.json"


@dataclass(frozen=True, kw_only=True)
class Ledgers:
    """Loaded installations by name, what each holds, and by viewer the headers that say who asks; as of ``now``."""

    now: datetime
    installations: dict[str, Installation]
    held: dict[str, dict[str, Any]]
    viewers: dict[str, dict[str, str]]
    facts: dict[str, Any]


@contextmanager
def ledgers(asked: Sizes, *, database_url: str, keep: str) -> Iterator[Ledgers]:
    """Load them on a server of their own or on the one given, and drop them afterwards.

    With ``keep``, a folder, they stay there, and the next run with the same sizes finds them.
    """
    with ExitStack() as parts:
        if not keep:
            on = parts.enter_context(server(database_url))
            yield _loaded(parts, on=on, asked=asked, is_kept=False)
            return
        folder = writable_folder(Path(keep))
        cluster = embedded_cluster(var_dir=folder)
        cluster.start()
        parts.callback(cluster.stop)
        yield _kept(started(cluster), folder / MANIFEST, asked)


def _kept(on: Server, manifest: Path, asked: Sizes) -> Ledgers:
    known = json.loads(manifest.read_text()) if manifest.exists() else {}
    if known.get("sizes") == asdict(asked):
        organizations = [Organization(**row) for row in known["organizations"]]
        installations = {
            name: Installation(on=on, database=made, organizations=organizations, environment=environment)
            for name, (made, environment) in known["installations"].items()
        }
        return Ledgers(
            now=datetime.fromisoformat(known["now"]),
            installations=installations,
            held=known["held"],
            viewers=known["viewers"],
            facts=installations[FIRST].run("benchmarks.dashboards.facts", MEASURED),
        )
    manifest.unlink(missing_ok=True)
    with ExitStack() as parts:
        made = _loaded(parts, on=on, asked=asked, is_kept=True)
    first = made.installations[FIRST]
    document = {
        "sizes": asdict(asked),
        "now": made.now.isoformat(),
        "organizations": [asdict(organization) for organization in first.organizations],
        "installations": {name: (one.database, one.environment) for name, one in made.installations.items()},
        "held": made.held,
        "viewers": made.viewers,
    }
    manifest.write_text(json.dumps(document))
    return made


def _loaded(parts: ExitStack, *, on: Server, asked: Sizes, is_kept: bool) -> Ledgers:
    began, now = time.perf_counter(), as_of(datetime.now(UTC).date())
    with with_tables(on) as prepared:
        first = load_first(parts, on=prepared, asked=asked, name=FIRST, now=now, is_kept=is_kept)
    _tell(began, f"{asked.company.events:,} events of {asked.company.members:,} members are stored")
    people = first.run("benchmarks.dashboards.people", MEASURED)
    others_grew = _copy(parts, first, OTHERS_GREW, is_kept=is_kept)
    grew = _copy(parts, first, GREW, is_kept=is_kept)
    grow(others_grew, place=1, copies=asked.other_copies, events=asked.many, now=now)
    _tell(began, f"another organization has grown {1 + asked.other_copies} times")
    grow(grew, place=0, copies=asked.own_copies, events=asked.many, now=now)
    _tell(began, f"the organization has grown {1 + asked.own_copies} times")
    installations, held = {FIRST: first, OTHERS_GREW: others_grew, GREW: grew}, {}
    for name, one in installations.items():
        multiply(one, template=1)
        held[name] = settle(one)
        _tell(began, f"{name}: {held[name]}")
    return Ledgers(
        now=now,
        installations=installations,
        held=held,
        viewers=people["viewers"],
        facts=people["facts"],
    )


def _copy(parts: ExitStack, of: Installation, name: str, *, is_kept: bool) -> Installation:
    full_name = of.database.removesuffix(FIRST) + name
    url = parts.enter_context(database(of.on, full_name, template=of.database, is_kept=is_kept))
    return replace(of, database=full_name, environment={**of.environment, "DATABASE_URL": url})


def _tell(began: float, what: str) -> None:
    print(f"{time.perf_counter() - began:5.0f} s: {what}", flush=True)
