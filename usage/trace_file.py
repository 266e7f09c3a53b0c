"""A trace as it lies on disk, plain or gzipped. Reads files; knows nothing of the ledger."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Final, TextIO

from django.utils.translation import gettext as _

from usage.traces import LONGEST_LINE, TraceError, TraceFormat, TraceRequest, detect_format, read_trace

_GZIP_MAGIC: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSurvey:
    """What a whole file holds, read once before anything is stored.

    ``digest`` is of the text, so that a file and its gzipped copy are the same trace.
    """

    trace_format: TraceFormat
    digest: str
    requests: int
    first: datetime
    last: datetime
    input_tokens: int
    cache_read_input_tokens: int
    output_tokens: int

    @property
    def length(self) -> timedelta:
        return self.last - self.first


def survey_trace(path: Path, trace_format: TraceFormat | None = None) -> TraceSurvey:
    """Read all of a file and sum it up. Raises ``TraceError``; also if it is empty or cannot be read."""
    digest = blake2b(digest_size=8)
    moments: list[datetime] = []
    requests = input_tokens = cached = output_tokens = 0
    with _opened(path) as text:
        found = trace_format or detect_format(text.readline(LONGEST_LINE))
        text.seek(0)
        for request in read_trace(_digested(text, digest), found):
            requests += 1
            input_tokens += request.input_tokens
            cached += request.cache_read_input_tokens
            output_tokens += request.output_tokens
            moments = [min([*moments[:1], request.moment]), max([*moments[1:], request.moment])]
    if not moments:
        raise TraceError(_("%(path)s holds no requests.") % {"path": path})
    return TraceSurvey(
        trace_format=found,
        digest=digest.hexdigest(),
        requests=requests,
        first=moments[0],
        last=moments[1],
        input_tokens=input_tokens,
        cache_read_input_tokens=cached,
        output_tokens=output_tokens,
    )


def read_trace_file(path: Path, trace_format: TraceFormat) -> Iterator[TraceRequest]:
    """The requests of a file in its order. Raises ``TraceError``."""
    with _opened(path) as text:
        yield from read_trace(_lines(text), trace_format)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """The file's text, unpacked where it is gzipped, whatever its name. All failures are ``TraceError``."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            with io.TextIOWrapper(
                gzip.GzipFile(fileobj=raw) if packed else raw, encoding="utf-8-sig"
            ) as text:
                yield text
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TraceError(
            _("%(path)s cannot be unpacked: %(reason)s") % {"path": path, "reason": error}
        ) from error
    except UnicodeDecodeError as error:
        raise TraceError(_("%(path)s is not a text file in UTF-8.") % {"path": path}) from error
    except OSError as error:
        raise TraceError(
            _("%(path)s cannot be read: %(reason)s") % {"path": path, "reason": error.strerror or error}
        ) from error


def _lines(text: TextIO) -> Iterator[str]:
    """Lines, never more than ``LONGEST_LINE`` characters at once: the reader refuses one that long."""
    while line := text.readline(LONGEST_LINE):
        yield line


def _digested(text: TextIO, digest: blake2b) -> Iterator[str]:
    for line in _lines(text):
        digest.update(line.encode())
        yield line
