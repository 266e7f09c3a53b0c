"""Reads the body of an ingest request: whole, decompressed, and never more than the limit."""

import zlib
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from teams.api.problems import Problem

# Honest streams have one member or a few; taking each off costs a copy of the rest.
_MEMBERS: Final = 100
_GZIP: Final = zlib.MAX_WBITS | 16


def read_body(request: HttpRequest) -> bytes:
    """The body of ``request`` as it was before ``Content-Encoding: gzip``.

    Raises ``Problem`` 413 when it is larger than ``INGEST_MAX_BYTES``, compressed or not, 415 for an encoding that
    is not understood and 400 for broken compression or a body that ends before its length. A gzip bomb costs no more
    memory than an honest body.
    """
    limit = settings.INGEST_MAX_BYTES
    if not request.META.get("CONTENT_LENGTH") and request.META.get("HTTP_TRANSFER_ENCODING"):
        # Without a length the body would read as empty, and the sender would believe it stored.
        raise Problem(status=411, detail=_("Send the body with its Content-Length, not in chunks."))
    text = request.META.get("CONTENT_LENGTH") or "0"
    declared = int(text) if text.isascii() and text.isdigit() else 0
    if declared > limit:
        raise _too_large(limit)
    body = request.read(limit + 1)
    if len(body) > limit:
        raise _too_large(limit)
    if len(body) < declared:
        # The lines that did arrive might be whole events, but their sender is gone and will send all of them again.
        raise Problem(status=400, detail=_("The body ends before its Content-Length."))
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise Problem(
            status=415,
            detail=_("Content-Encoding “%(encoding)s” is not understood; send gzip or none.")
            % {"encoding": encoding},
        )
    return _decompressed(body, limit)


def _decompressed(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    room = limit + 1
    while body:
        if len(parts) >= _MEMBERS:
            raise _broken()
        member = zlib.decompressobj(_GZIP)
        try:
            parts.append(member.decompress(body, room))
        except zlib.error:
            raise _broken() from None
        room -= len(parts[-1])
        if room <= 0:
            raise _too_large(limit)
        if not member.eof:
            raise _broken()
        body = member.unused_data
    return b"".join(parts)


def _too_large(limit: int) -> Problem:
    megabytes = limit // (1024 * 1024)
    return Problem(
        status=413,
        detail=_("The body is larger than %(limit)s MiB; send smaller batches.") % {"limit": megabytes},
    )


def _broken() -> Problem:
    return Problem(status=400, detail=_("The body is not whole gzip data."))
