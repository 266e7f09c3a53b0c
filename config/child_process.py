"""A process of the launcher: apart from the terminal, watched, and ended without leaving anything behind."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from config.problems import PartEnded

BASE_DIR = Path(__file__).resolve().parent.parent
STOP_SECONDS = 20
PR_SET_PDEATHSIG = 1


class Child:
    """One process of ours with its children."""

    def __init__(self, name: str, process: subprocess.Popen[Any], log: Path | None) -> None:
        self.name, self.process, self.log = name, process, log
        self.asked = False

    def check(self) -> None:
        code = self.process.poll()
        if code is not None:
            last = self.log.read_text(errors="replace").strip().splitlines()[-1:] if self.log else []
            raise PartEnded(
                f"{self.name} ended by itself (exit code {code}), so everything was stopped; "
                f"its last words in {self.log}: {''.join(last) or 'none'}"
            )

    def ask_to_end(self) -> None:
        """Once: a second request would mean haste to some programs."""
        if not self.asked and self.process.poll() is None:
            self.process.terminate()
        self.asked = True

    def stop(self) -> None:
        """Ask, wait, and insist. What the process leaves behind in its group ends with it."""
        self.ask_to_end()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def ask_to_end(children: Sequence[Child]) -> None:
    """All at once, so that nobody waits for another's last work."""
    for child in children:
        child.ask_to_end()


def end_with_parent() -> None:
    """In a new child: end when the launcher is killed. Only Linux can; elsewhere children would stay."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start_child(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    output: IO[str],
    errors: IO[str] | None,
    log: Path | None = None,
) -> Child:
    """Start ``command`` in the project's folder."""
    process = subprocess.Popen(
        command,
        cwd=BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,  # Ctrl-C reaches only the launcher, so that the order of stopping is its own.
        preexec_fn=end_with_parent,  # safe: no other threads run here
    )
    return Child(name, process, log)
