"""The command, as a person at a terminal meets it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.usage.price_factories import at, catalogue, listed_model, listed_set
from usage.models import Price
from usage.services import price_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def publish(monkeypatch):
    """Makes the installed package say what the test wants."""

    def published(*models, source="genai-prices 1"):
        monkeypatch.setattr(price_list, "load_catalogue", lambda: catalogue(*models, source=source))

    return published


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("sync_prices", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def test_the_installed_package_fills_an_empty_list_and_the_second_run_changes_nothing():
    first = run("--yes")
    assert "new models" in first
    assert Price.objects.count() > 1000
    rows = Price.objects.count()
    assert "Nothing has changed." in run("--yes")
    assert Price.objects.count() == rows


def test_a_dry_run_writes_nothing(publish):
    publish(listed_model(listed_set(input="2")))
    assert "nothing was written" in run("--dry-run")
    assert not Price.objects.exists()


@pytest.mark.parametrize(("answer", "rows"), [("yes", 1), ("no", 0), ("", 0)])
def test_it_asks_before_writing(publish, monkeypatch, answer, rows):
    publish(listed_model(listed_set(input="2")))
    monkeypatch.setattr("builtins.input", lambda _question: answer)
    run()
    assert Price.objects.count() == rows


def test_without_a_terminal_it_says_what_to_do(publish, monkeypatch):
    publish(listed_model(listed_set(input="2")))

    def closed(_question):
        raise EOFError

    monkeypatch.setattr("builtins.input", closed)
    with pytest.raises(CommandError, match="--yes"):
        run()


def test_changes_are_shown_sorted_per_million_with_jumps_marked(publish):
    publish(listed_model(listed_set(input="2", output="10")), listed_model(listed_set(input="1"), name="ada"))
    run("--yes")
    publish(
        listed_model(listed_set(input="2.5", output="100")),
        listed_model(listed_set(input="0.5"), name="ada"),
        source="genai-prices 2",
    )
    shown = run("--yes", "--valid-from", "2030-01-01")
    lines = [line for line in shown.splitlines() if "openai / " in line]
    assert [line.split()[2] for line in lines] == ["ada", "gpt-4o", "gpt-4o"]
    assert "$1/M" in lines[0]
    assert "$0.5/M" in lines[0]
    assert "jump" not in lines[1]
    assert "$100/M" in lines[2]
    assert lines[2].endswith("jump")
    assert all("2030-01-01 00:00" in line for line in lines)
    assert Price.objects.filter(valid_from=at("2030-01-01T00:00")).count() == 2


def test_models_that_are_no_longer_listed_are_named(publish):
    publish(listed_model(listed_set(input="2")))
    run("--yes")
    publish()
    assert "No longer listed: openai / gpt-4o" in run("--yes")
    assert Price.objects.filter(is_withdrawn=True).count() == 0
    run("--yes", "--withdraw-removed")
    assert Price.objects.filter(is_withdrawn=True).count() == 1


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "2026-02-30T00:00"])
def test_an_instant_that_is_none_is_refused(publish, text):
    publish(listed_model(listed_set(input="2")))
    with pytest.raises(CommandError, match="is not a date"):
        run("--yes", "--valid-from", text)
