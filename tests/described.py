"""What the API's document says that an endpoint answers."""

from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

API = "/api/v1/"


def described(document: dict[str, Any], path: str) -> Draft202012Validator:
    """Lets through what ``GET`` of a path below ``/api/v1/`` may answer: all that is described, and nothing else."""
    components = document["components"] | {
        "schemas": {name: _closed(schema) for name, schema in document["components"]["schemas"].items()}
    }
    return Draft202012Validator({**_content(document, path)["schema"], "components": components})


def examples_of(document: dict[str, Any], path: str) -> list[Any]:
    """The answers that the document shows."""
    return [example["value"] for example in _content(document, path).get("examples", {}).values()]


def _content(document: dict[str, Any], path: str) -> dict[str, Any]:
    answers = document["paths"][API + path]["get"]["responses"]
    content: dict[str, Any] = answers["200"]["content"]["application/json"]
    return content


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """What has fields has these alone."""
    return {"additionalProperties": False, **schema} if "properties" in schema else schema
