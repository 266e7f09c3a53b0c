"""Running the product's own commands as a person would, in a folder of the test."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "EMAIL_URL", "DEMO", "HOST", "PORT", "SITE_URL", "VAR_DIR")


def environment(**values: str) -> dict[str, str]:
    """The machine's environment without what configures the test run itself."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    return inherited | {"DJANGO_SETTINGS_MODULE": "config.settings"} | values


def run(*arguments: str, **values: str) -> subprocess.CompletedProcess[str]:
    """Run Python with ``arguments`` in the project's folder until it ends."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(**values),
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def assert_one_sentence(result: subprocess.CompletedProcess[str], *parts: str, exit_code: int = 1) -> None:
    """It failed, and said why in one sentence that holds ``parts``."""
    assert result.returncode == exit_code, result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("Token Ledger cannot start: ")
    assert lines[0].endswith(".")
    for part in parts:
        assert part in lines[0]


def eventually(happened: Callable[[], Any], *, seconds: float = 60, what: str = "it") -> Any:
    """Poll until ``happened`` is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := happened():
            return result
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(var_dir: Path) -> list[str]:
    """Command lines of every process that belongs to the installation in ``var_dir``."""
    found = []
    for process in psutil.process_iter():
        try:
            of_server = str(var_dir) in " ".join(process.cmdline())
            if of_server or process.environ().get("VAR_DIR") == str(var_dir):
                found.append(" ".join(process.cmdline()) or process.name())
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


class RunningLauncher:
    """``python -m config.launcher run`` in the background, with what it printed."""

    def __init__(self, var_dir: Path, **values: str) -> None:
        self.var_dir = var_dir
        self.port = free_port()
        self.output = var_dir.with_name(f"{var_dir.name}-{self.port}.out")
        self.errors = self.output.with_suffix(".err")
        values = {"VAR_DIR": str(var_dir), "PORT": str(self.port), "DEMO": ""} | values
        with self.output.open("w") as output, self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.launcher", "run"],
                cwd=ROOT,
                env=environment(**values),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )

    def __enter__(self) -> "RunningLauncher":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def said(self) -> str:
        return self.output.read_text() + self.errors.read_text()

    def wait_until_ready(self) -> None:
        eventually(
            lambda: "Token Ledger is running." in self.said() or self.process.poll() is not None,
            seconds=90,
            what="starting",
        )
        assert self.process.poll() is None, self.said()

    def wait_until_ended(self) -> int:
        return self.process.wait(60)
