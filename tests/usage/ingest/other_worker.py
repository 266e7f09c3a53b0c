"""A worker in a process of its own, with its own memory and database connection, that stores what it is told to."""

import json
import os
import subprocess
import sys
from datetime import datetime
from types import TracebackType

import msgspec

from teams.models import Organization
from tests.config.processes import ROOT, environment
from tests.flows.conftest import database_of_the_test
from usage.enums import EventSource
from usage.events import Event
from usage.services.ingest import store_events

START = "import django; django.setup(); from tests.usage.ingest.other_worker import work; work()"


class OtherWorker:
    """Started on entering, ended on leaving."""

    def __enter__(self) -> "OtherWorker":
        self._process = subprocess.Popen(
            [sys.executable, "-c", START],
            cwd=ROOT,
            env=environment(DATABASE_URL=database_of_the_test(), VAR_DIR=os.environ["VAR_DIR"]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def store(self, organization: Organization, *events: Event, received_at: datetime) -> list[str]:
        """The bare answers, in order."""
        told = {
            "organization_id": organization.pk,
            "received_at": received_at.isoformat(),
            "events": msgspec.to_builtins(events),
        }
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        answers: list[str] = json.loads(self._process.stdout.readline())
        return answers


def work() -> None:
    """What the process does: a line of what to store comes in, a line of answers goes out."""
    for line in sys.stdin:
        told = json.loads(line)
        outcomes = store_events(
            organization_id=told["organization_id"],
            events=msgspec.convert(told["events"], list[Event]),
            source=EventSource.NATIVE,
            received_at=datetime.fromisoformat(told["received_at"]),
        )
        print(json.dumps([outcome.answer.value for outcome in outcomes]), flush=True)
