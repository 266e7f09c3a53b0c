"""A secret key for installations that were given none: made once, kept beside the data."""

import secrets
from pathlib import Path


def secret_key(*, var_dir: Path) -> str:
    """Return the key in ``var_dir/secret_key``, making it on first use, readable by the owner only.

    Raises OSError when the folder cannot be written.
    """
    path = var_dir / "secret_key"
    var_dir.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as handle:
            path.chmod(0o600)
            handle.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()
