import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from teams.models import AuditEntry
from tests.usage.ledger.ledgers import check, full_ledger, run_sql

pytestmark = pytest.mark.django_db


def _output(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, no_color=True)
    return out.getvalue()


def test_verify_ledger_says_what_it_compared() -> None:
    organization = full_ledger(60, slug="acme")
    output = _output("verify_ledger")
    assert "[1/1] acme … " in output
    assert f"No difference. Rows compared: {check(organization).rows:,}. Organizations: 1." in output


def test_verify_ledger_fails_and_prints_each_difference() -> None:
    organization = full_ledger(60, slug="acme")
    changed = run_sql("UPDATE usage_daily SET calls = calls + 1")
    run_sql("DELETE FROM usage_chat WHERE external_id = 'chat-3'")
    out = StringIO()
    with pytest.raises(CommandError, match=rf"^Differences: {changed + 1}\. ") as failure:
        call_command("verify_ledger", "--limit", "2", stdout=out, no_color=True)
    assert failure.value.returncode == 1
    lines = out.getvalue().splitlines()
    assert sum("calls is " in line and "local_date=2026-" in line for line in lines) == 2
    assert f"    … and {changed - 2} more" in lines
    ids = rf"    organization_id={organization.pk} id=[0-9a-f-]{{36}}: is missing"
    assert any(re.fullmatch(ids, line) for line in lines)


def test_verify_ledger_prints_every_difference_unless_told_otherwise() -> None:
    full_ledger(60)
    changed = run_sql("UPDATE usage_daily SET calls = calls + 1")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_ledger", stdout=out, no_color=True)
    assert sum("calls is" in line for line in out.getvalue().splitlines()) == changed
    assert "more" not in out.getvalue()


def test_verify_ledger_tells_programs_the_same() -> None:
    organization = full_ledger(60, slug="acme")
    run_sql("UPDATE usage_event_key SET event_id = gen_random_uuid() WHERE transaction_id = '1-7'")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_ledger", "--json", "--from", "2026-03-01", stdout=out)
    document = json.loads(out.getvalue())
    (acme,) = document["organizations"]
    assert (document["from"], document["differences"], acme["id"]) == ("2026-03-01", 2, organization.pk)
    assert acme["relations"]["usage_event_key"] == {"rows": 61, "differences": 2}
    assert {finding["kind"] for finding in acme["differences"]} == {"missing", "stray"}
    for finding in acme["differences"]:
        assert finding["key"]["organization_id"] == organization.pk
        assert finding["key"]["transaction_id"] == "1-7"
    run_sql("DELETE FROM usage_event_key")
    with pytest.raises(CommandError, match=r"^Differences: 60\."):
        _output("verify_ledger", "--json")


def test_rebuild_rollups_repairs_keys_when_asked_to() -> None:
    organization = full_ledger(60, slug="acme")
    run_sql("DELETE FROM usage_event_key WHERE transaction_id = '1-7'")
    _output("rebuild_rollups")
    assert not check(organization).is_clean
    assert "acme: 1 keys made, 0 set right, 0 without an event dropped." in _output(
        "rebuild_rollups", "--keys"
    )
    assert check(organization).is_clean


@pytest.mark.parametrize(
    ("arguments", "differs"),
    [
        (("--from", "2026-04-11"), False),
        (("--to", "2026-04-09"), False),
        (("--from", "2026-04-10", "--to", "2026-04-10"), True),
        (("--organization", "acme"), True),
    ],
)
def test_verify_ledger_looks_at_a_range(arguments: tuple[str, ...], differs: bool) -> None:
    full_ledger(slug="acme")
    assert run_sql("UPDATE usage_daily SET calls = calls + 1 WHERE local_date = '2026-04-10'") > 0
    if differs:
        with pytest.raises(CommandError, match=r"^Differences: "):
            _output("verify_ledger", *arguments)
    else:
        assert "No difference" in _output("verify_ledger", *arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--organization", "nowhere"), "There is no organization “nowhere”"),
        (("--from", "2026-04-10", "--to", "2026-04-09"), "The first day lies after the last"),
        (("--from", "April"), "“April” is not a day"),
    ],
)
@pytest.mark.parametrize("command", ["verify_ledger", "rebuild_rollups"])
def test_what_cannot_be_meant_is_refused(command: str, arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        _output(command, *arguments)


def test_rebuild_rollups_repairs_the_organization_that_is_named() -> None:
    organization = full_ledger(60, slug="acme")
    run_sql("DELETE FROM spend_daily")
    output = _output("rebuild_rollups", "--organization", "acme", "--reason", "lost")
    assert output.startswith("acme: ")
    assert check(organization).is_clean
    assert AuditEntry.objects.filter(action="rollups.rebuilt", reason="lost").exists()
