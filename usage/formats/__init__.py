"""What clients already have, read into our own events: one folder per format, found by looking.

A format is a package in this folder with the same few files: ``__init__.py`` declares it, ``payload.py`` holds the
known fields as msgspec structs, ``adapter.py`` translates. It declares itself with one name:

- ``ADAPTER``: a ``UsageAdapter``, the raw usage object of a provider → our quantities;
- ``ENVELOPE``: an ``Envelope``, the body of a request → events. It gets its endpoint by being here.

There is no list of formats to keep: a folder that is added is found. Nothing here knows the database or the clock.
"""

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType

from usage.formats.protocol import Envelope, UsageAdapter


@cache
def usage_adapters() -> tuple[UsageAdapter, ...]:
    """Every format of raw usage objects, by name."""
    found = [getattr(package, "ADAPTER", None) for package in _packages()]
    return tuple(adapter for adapter in found if isinstance(adapter, UsageAdapter))


@cache
def envelopes() -> tuple[Envelope, ...]:
    """Every format of request bodies, by name."""
    found = [getattr(package, "ENVELOPE", None) for package in _packages()]
    return tuple(envelope for envelope in found if isinstance(envelope, Envelope))


def _packages() -> list[ModuleType]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    return [import_module(f"{__name__}.{name}") for name in names]
