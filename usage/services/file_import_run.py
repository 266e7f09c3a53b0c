"""Works off usage files: checks those that are mapped, stores those that are confirmed."""

import time
from typing import Final

import structlog

from usage.enums import FileImportStatus
from usage.imports.unpacking import FileFault
from usage.models import FileImport
from usage.services.file_import_check import check_file
from usage.services.file_import_claims import ClaimLost, claim, claim_next, fail, is_hopeless, let_go
from usage.services.file_import_store import store_file

log = structlog.get_logger(__name__)

LONGEST: Final = 45.0
"""Seconds after which storing makes room for other work; the next run goes on with it."""


def run_file_imports(*, seconds: float = LONGEST) -> int:
    """Work on the files that wait, one after another; gives on how many. Call it outside of transactions.

    Any number of workers may do so at once: each file is with one of them.
    """
    until = time.monotonic() + seconds
    worked_on = 0
    while time.monotonic() < until and (job := claim_next()) is not None:
        worked_on += 1
        work_on(job, until=until)
    return worked_on


def run_import(job: FileImport) -> bool:
    """Work on one file until its check or its storing has ended. Says whether this call did it."""
    if not claim(job):
        return False
    work_on(job, until=None)
    job.refresh_from_db()
    return True


def work_on(job: FileImport, *, until: float | None) -> None:
    """Check or store a claimed file; what goes wrong is written to it."""
    if is_hopeless(job):
        return
    try:
        if job.status == FileImportStatus.CHECKING:
            check_file(job)
        elif not store_file(job, goes_on=lambda: until is None or time.monotonic() < until):
            let_go(job)
    except ClaimLost:
        log.info("file import left to others", file_import=str(job.pk))
    except FileFault as error:
        fail(job, str(error))
    except Exception:
        # The claim runs out and the next worker tries again; after some attempts the import has failed.
        log.exception("file import interrupted", file_import=str(job.pk))
