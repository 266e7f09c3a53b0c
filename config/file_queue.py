"""kombu's queue of files, for a worker on this machine without a broker: a message appears once it is whole.

kombu opens a message's file under the name that workers look for, and writes afterwards: a worker that looks in between
takes an empty file and dies of it.
"""

import os
from pathlib import Path
from time import monotonic_ns
from typing import Any, Final
from uuid import uuid4

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

_UNFINISHED: Final = ".part"


class Channel(filesystem.Channel):  # type: ignore[misc]
    """Writes beside, then renames."""

    def _put(self, queue: str, payload: Any, **_options: Any) -> None:  # type: ignore[override]
        # Workers take the files of a queue in the order of their names.
        name = f"{monotonic_ns() // 1_000_000}_{uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        unfinished = folder / (name + _UNFINISHED)
        unfinished.write_text(dumps(payload), encoding="utf-8")
        os.replace(unfinished, folder / name)


class Transport(filesystem.Transport):  # type: ignore[misc]
    Channel = Channel


def serve_files() -> None:
    """From here on ``filesystem://`` is this queue."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
