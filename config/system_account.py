"""The system user that PostgreSQL runs as when we are root, which it refuses to be."""

import pwd
import stat
import subprocess
from pathlib import Path

from config.problems import SetupProblem

SERVICE_ACCOUNT = "token-ledger"


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
