"""Answers about files, tools and integrations have the shape that the API's document describes, examples too."""

from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.usage.panels.asking import answer
from tests.usage.panels.test_files import files
from tests.usage.panels.test_integrations import services
from tests.usage.panels.test_tools import tools
from tests.usage.why_cost.test_api import ledger, one_factor

__all__ = ["files", "ledger", "one_factor", "services", "tools"]
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    response = Client().get("/api/v1/schema", headers={"Accept": "application/vnd.oai.openapi+json"})
    found: dict[str, Any] = response.json()
    return found


def check(document: dict[str, Any], path: str, *bodies: dict[str, Any]) -> None:
    content = document["paths"][f"/api/v1/usage/{path}"]["get"]["responses"]["200"]["content"][
        "application/json"
    ]
    name = content["schema"]["$ref"].rsplit("/", 1)[-1]
    schema = document["components"]["schemas"][name] | {"components": document["components"]}
    examples = [example["value"] for example in content["examples"].values()]
    assert examples
    for body in (*bodies, *examples):
        Draft202012Validator(schema).validate(body)
        assert set(body) == set(schema["properties"])


def test_files(document, files):
    check(document, "files", answer(files.alice, "files"), answer(files.bob, "files"))


def test_tools(document, tools):
    check(document, "tools", answer(tools.alice, "tools"), answer(tools.alice, "tools", tool="code"))


def test_integrations(document, services):
    check(
        document,
        "integrations",
        answer(services.alice, "integrations"),
        answer(services.bob, "integrations"),
    )
    check(
        document,
        "integrations/{integration_id}",
        answer(services.alice, "integrations/gmail"),
        answer(services.bob, "integrations/notion", range="last_7_days"),
    )
