"""How much longer answers take after growth, request by request."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from benchmarks.dashboards.requests import Ask, Reader, Taken, take_turns
from benchmarks.dashboards.subjects import SUBJECTS

LONGER: Final = 1.1
"""An answer that is so many times as long as before tells more than before."""
DOUBTED: Final = ((10, 4), (50, 16))
"""One of so many requests, those with the largest ratios, is asked again for so many times the rounds, all of them
counting: of hundreds of medians of a few requests the largest ratio is that of the one that was disturbed most."""


def compare(
    readers: Sequence[Reader],
    wanted: Sequence[Ask],
    *,
    names: Sequence[str],
    rounds: int,
    doubted: Sequence[tuple[int, int]] = DOUBTED,
) -> dict[str, Any]:
    """The largest ratio of each later reader's medians to the first one's, under the later one's name.

    A list with more lines than before takes longer to write: answers that are longer are told apart, each with the
    ratio of its times and that of its lengths.
    """
    lengths = [{ask: reader.queries(ask)[1] for ask in wanted} for reader in readers]
    longer = [{ask: now[ask] / lengths[0][ask] for ask in wanted} for now in lengths[1:]]
    taken = take_turns(readers, wanted, rounds=rounds)
    for share, times in doubted:
        largest = _largest(taken, longer, count=max(1, len(wanted) // share))
        again = take_turns(readers, [ask for ask in wanted if ask in largest], rounds=times * rounds)
        for before, more in zip(taken, again, strict=True):
            before.add(more)
    found: dict[str, Any] = {}
    for name, grown, lengthened in zip(names, taken[1:], longer, strict=True):
        found |= _told(name, _ratios(grown, taken[0], wanted), lengthened)
    return found


def _told(name: str, ratios: dict[Ask, float], longer: dict[Ask, float]) -> dict[str, Any]:
    alike = _alike(longer)
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


def _alike(longer: Mapping[Ask, float]) -> list[Ask]:
    """Those whose answers tell as much as before."""
    return [ask for ask, times in longer.items() if times <= LONGER]


def _largest(taken: Sequence[Taken], longer: Sequence[Mapping[Ask, float]], *, count: int) -> set[Ask]:
    """So many of each later reader's requests that are answered with as much as before."""
    found: set[Ask] = set()
    for grown, lengthened in zip(taken[1:], longer, strict=True):
        alike = _alike(lengthened)
        ratios = _ratios(grown, taken[0], alike)
        found |= set(sorted(alike, key=lambda ask: ratios[ask])[-count:])
    return found
