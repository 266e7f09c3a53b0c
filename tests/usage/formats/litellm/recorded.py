"""What LiteLLM reported, see ``payloads/README.md``."""

import json
from pathlib import Path
from typing import Any

from usage.formats.litellm.adapter import decode
from usage.formats.protocol import Arrival

_PAYLOADS = Path(__file__).parent / "payloads"


def recorded(name: str, **changed: Any) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((_PAYLOADS / f"{name}.json").read_text())
    return payload | changed


def decoded(*payloads: Any, limit: int = 100, **headers: str) -> Any:
    """What the adapter makes of an array of payloads."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return decode(Arrival(json.dumps(payloads).encode(), "application/json", sent, limit))
