"""How much longer answers take after growth, request by request."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Any, Final

from benchmarks.dashboards.requests import Ask, Reader, Taken, take_turns
from benchmarks.dashboards.subjects import SUBJECTS

LONGER: Final = 1.1
"""An answer that is so many times as long as before tells more than before."""
DOUBTED: Final = 10
"""One of so many requests, those with the largest ratios, is asked again for ``AGAIN`` times the rounds, all of them
counting: of hundreds of medians of a few requests the largest ratio is that of the one that was disturbed most."""
AGAIN: Final = 4


def compare(
    readers: Sequence[Reader], wanted: Sequence[Ask], *, names: Sequence[str], rounds: int
) -> dict[str, Any]:
    """The largest ratio of each later reader's medians to the first one's, under the later one's name.

    A list with more lines than before takes longer to write: answers that are longer are told apart, each with the
    ratio of its times and that of its lengths.
    """
    lengths = [{ask: reader.queries(ask)[1] for ask in wanted} for reader in readers]
    taken = take_turns(readers, wanted, rounds=rounds)
    doubted = _doubted(taken, wanted)
    for before, more in zip(taken, take_turns(readers, doubted, rounds=AGAIN * rounds), strict=True):
        before.add(more)
    found: dict[str, Any] = {}
    for name, grown, now in zip(names, taken[1:], lengths[1:], strict=True):
        ratios = _ratios(grown, taken[0], wanted)
        longer = {ask: now[ask] / lengths[0][ask] for ask in wanted}
        found |= _told(name, ratios, longer)
    return found


def _told(name: str, ratios: dict[Ask, float], longer: dict[Ask, float]) -> dict[str, Any]:
    alike = [ask for ask in ratios if longer[ask] <= LONGER]
    worst = max(alike, key=lambda ask: ratios[ask])
    for subject in SUBJECTS:
        own = [ratio for ask, ratio in ratios.items() if ask.subject == subject.name]
        print(f"{name} {subject.name}: {', '.join(f'{ratio:.2f}' for ratio in own)}", flush=True)
    return {
        name: round(ratios[worst], 3),
        f"{name}_of": f"{worst.viewer}: {worst.path}",
        f"{name}_longer": {
            f"{ask.viewer}: {ask.path}": [round(ratios[ask], 2), round(longer[ask], 2)]
            for ask in ratios
            if ask not in alike
        },
    }


def _ratios(grown: Taken, first: Taken, asks: Iterable[Ask]) -> dict[Ask, float]:
    return {ask: statistics.median(grown.asks[ask]) / statistics.median(first.asks[ask]) for ask in asks}


def _doubted(taken: Sequence[Taken], wanted: Sequence[Ask]) -> list[Ask]:
    found: set[Ask] = set()
    for grown in taken[1:]:
        ratios = _ratios(grown, taken[0], wanted)
        found |= set(sorted(wanted, key=lambda ask: ratios[ask])[-(len(wanted) // DOUBTED) :])
    return [ask for ask in wanted if ask in found]
