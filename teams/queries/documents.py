"""Reads stored documents."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from teams.models import Document


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document with its bytes. ``sha256`` in hexadecimal, ``size`` in bytes."""

    id: UUID
    organization_id: int | None
    filename: str
    content_type: str
    content: bytes = field(repr=False)
    sha256: str
    size: int
    created_at: datetime


def read_document(document_id: UUID) -> StoredDocument:
    """A document with its bytes. Raises ``Document.DoesNotExist``. Who may read it is the caller's to know."""
    row = Document.objects.get(pk=document_id)
    return StoredDocument(
        id=row.pk,
        organization_id=row.organization_id,
        filename=row.filename,
        content_type=row.content_type,
        content=bytes(row.content),
        sha256=row.sha256,
        size=row.size,
        created_at=row.created_at,
    )
