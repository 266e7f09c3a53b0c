"""One folder per format, with the same few files; adding one touches nothing else."""

import sys
from collections.abc import Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path
from textwrap import dedent

import pytest

import usage.formats
from tests.usage.formats.responses import fault, meant
from usage.formats import envelopes, raw_usage, usage_adapters
from usage.formats.protocol import Envelope, UsageAdapter
from usage.model_matching import PROVIDER_ALIASES

FOLDERS = sorted(
    folder
    for folder in Path(next(iter(usage.formats.__path__))).iterdir()
    if folder.is_dir() and folder.name != "__pycache__"
)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_folder_is_a_format_with_the_same_files(folder: Path) -> None:
    assert {path.name for path in folder.glob("*.py")} >= {"__init__.py", "adapter.py", "payload.py"}
    package = import_module(f"usage.formats.{folder.name}")
    declared = [getattr(package, name) for name in ("ADAPTER", "ENVELOPE") if hasattr(package, name)]
    assert [one.name for one in declared] == [folder.name]
    assert isinstance(declared[0], UsageAdapter | Envelope)
    assert declared[0] in (*usage_adapters(), *envelopes())


def test_providers_are_named_as_in_the_price_list() -> None:
    other_spellings = {alias for aliases in PROVIDER_ALIASES.values() for alias in aliases}
    for adapter in usage_adapters():
        assert not other_spellings & set(adapter.providers)
        assert adapter.holder in adapter.response.__struct_encode_fields__


NEW = {
    "payload.py": """
        from msgspec import Struct

        class Usage(Struct):
            words: int

        class Response(Struct):
            usage: Usage
        """,
    "adapter.py": """
        from usage.formats.acme.payload import Response
        from usage.formats.protocol import Normalised

        def normalise(response: Response) -> Normalised:
            return Normalised(input_tokens=2 * response.usage.words)
        """,
    "__init__.py": """
        from usage.formats.acme.adapter import normalise
        from usage.formats.acme.payload import Response, Usage
        from usage.formats.protocol import UsageAdapter

        ADAPTER = UsageAdapter(
            name="acme", providers=("acme",), response=Response, usage=Usage, holder="usage", normalise=normalise
        )
        """,
}


def _forget_formats() -> None:
    usage_adapters.cache_clear()
    envelopes.cache_clear()
    raw_usage._adapters_by_provider.cache_clear()
    invalidate_caches()


@pytest.fixture
def another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Formats may live in one more folder for as long as a test takes."""
    (tmp_path / "acme").mkdir()
    for name, source in NEW.items():
        (tmp_path / "acme" / name).write_text(dedent(source))
    monkeypatch.setattr(usage.formats, "__path__", [*usage.formats.__path__, str(tmp_path)])
    _forget_formats()
    yield
    _forget_formats()
    for name in [name for name in sys.modules if name.startswith("usage.formats.acme")]:
        del sys.modules[name]


def test_a_folder_that_is_added_is_a_format(another_folder: None) -> None:
    assert meant("acme", {"words": 5}) == {"input_tokens": 10}


def test_a_folder_that_is_gone_is_none() -> None:
    assert fault("acme", {"words": 5})[0] == "provider_name"
