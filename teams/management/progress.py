"""A progress bar for commands. It goes to stderr, so that what a command says can be kept apart."""

import sys
from types import TracebackType

from tqdm import tqdm


class ProgressBar:
    """Appears with the first step, so that a command that fails before says only why.

    Call it with how much is done and how much there is in all.
    """

    def __init__(self, *, name: str, unit: str, shown: bool = True) -> None:
        self._name, self._unit, self._shown = name, unit, shown
        self._bar: tqdm | None = None

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, done: int, of: int) -> None:
        if self._bar is None:
            self._bar = tqdm(
                desc=self._name, unit=f" {self._unit}", file=sys.stderr, disable=not self._shown, total=of
            )
        self._bar.update(done - self._bar.n)
