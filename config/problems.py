"""What a person set up wrongly is told in one sentence, never by a traceback."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


class SetupProblem(Exception):
    """Something outside the code stands in the way; the message says what, and what to do."""

    consequence = "cannot start"


class PartEnded(SetupProblem):
    """A process that should run for as long as we do is gone."""

    consequence = "cannot go on"


@contextmanager
def told_plainly(*, exit_code: int = 1) -> Iterator[None]:
    """End the process with the problem's sentence on stderr and ``exit_code``."""
    try:
        yield
    except (SetupProblem, ImproperlyConfigured) as problem:
        consequence = getattr(problem, "consequence", SetupProblem.consequence)
        print(f"Token Ledger {consequence}: {str(problem).removesuffix('.')}.", file=sys.stderr)
        sys.exit(exit_code)


def writable_folder(path: Path) -> Path:
    """``path`` itself, made if missing, once it is known that files can be written there."""
    path = path.absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        usable = os.access(path, os.W_OK | os.X_OK)
    except OSError as error:
        raise SetupProblem(f"the folder {path} cannot be made ({error.strerror}).") from error
    if not usable:
        raise SetupProblem(f"the folder {path} cannot be written by this user.")
    return path
