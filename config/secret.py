"""A secret key for installations that were given none: made once, kept beside the data."""

import os
import secrets
import tempfile
from pathlib import Path


def secret_key(*, var_dir: Path) -> str:
    """Return the key in ``var_dir/secret_key``, making it on first use, readable by the owner only.

    Of several processes that start at once one wins, and all read its key: the file is never half-written.
    Raises OSError when the folder cannot be written.
    """
    path = var_dir / "secret_key"
    if not path.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=var_dir, prefix="secret_key.") as handle:
            handle.write(secrets.token_urlsafe(50))
            handle.flush()
            try:
                os.link(handle.name, path)
            except FileExistsError:
                pass
    return path.read_text()
