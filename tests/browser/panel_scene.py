"""Chats, files and tools beside the weeks of usage of ``tests.browser.scene``, and where each panel then stands."""

import re
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from teams.models import Department, Member, Project
from tests.browser.scene import Scene, send
from tests.teams.cast import Cast
from usage.events import Composition, Event, FileReference, ToolUse
from usage.queries.panels.registry import Panel

CHAT: Final = "plan/ünï <b>"
"""A conversation whose id must be escaped wherever it stands."""
MESSAGE: Final = "answer 2"
FILE: Final = "handbook.pdf"

INTEGRATION: Final = "slack"
ENTRIES: Final = {
    "member": (Member, "bob"),
    "department": (Department, "research"),
    "project": (Project, "atlas"),
}
"""Whose pages stand for those of all members, departments and projects."""


def add_chats(cast: Cast, scene: Scene) -> None:
    """Two chats of Bob, one of Dana; with files, tools, a failed call and what their input was made of."""
    events = []
    for number in range(12):
        plain = 1_200 + 400 * number
        events.append(
            Event(
                transaction_id=f"chat-{number}",
                occurred_at=scene.now - timedelta(hours=1 + 5 * number),
                provider_name="anthropic",
                response_model="claude-sonnet-4-5",
                conversation_id=CHAT if number < 6 else ("notes" if number < 9 else "dana's"),
                conversation_title="Plan the <launch>" if number < 6 else "",
                message_id=MESSAGE if number == 2 else f"answer {number + 10}",
                member_id="dana" if number >= 9 else "bob",
                project_id="atlas",
                integration_id="slack" if number % 3 == 0 else "",
                feature="chat",
                platform="web",
                input_tokens=plain,
                cache_read_input_tokens=plain // 4,
                output_tokens=300 + 20 * number,
                reasoning_output_tokens=40,
                duration_ms=900 + 150 * number,
                time_to_first_token_ms=200 + 10 * number,
                error_type="timeout" if number == 4 else "",
                web_search_calls=number % 2,
                composition=Composition(user_text=200, context=plain // 2, files=300, system=100),
                tools=[ToolUse("web_search", calls=1, tokens=80)] if number % 2 else [],
                files=[FileReference(FILE, name="Handbook", size_bytes=240_000, tokens=300)],
            )
        )
    send(cast.acme.pk, events)


def address(panel: Panel, *, root: str = "/o/acme/") -> str:
    """Where a panel stands in the scene."""

    names: dict[str, str] = {
        "conversation_id": CHAT,
        "message_id": MESSAGE,
        "file_id": FILE,
        "integration_id": INTEGRATION,
    }
    if panel.name in ENTRIES:
        model, external_id = ENTRIES[panel.name]
        entry = model.objects.get(organization__slug="acme", external_id=external_id)  # type: ignore[attr-defined]
        names["entry"] = str(entry.pk)

    def filled(part: re.Match[str]) -> str:
        return quote(names[part["name"]], safe="")

    return root + re.sub(r"<(?:\w+:)?(?P<name>\w+)>", filled, panel.path)
