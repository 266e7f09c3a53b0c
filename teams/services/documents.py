"""Stores finished files."""

import hashlib
import re
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from teams.mail_rendering import ends_a_line
from teams.models import Document, Organization

_CONTENT_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*(; ?charset=[a-z0-9-]+)?")


def store_document(
    *, content: bytes, filename: str, content_type: str, organization: Organization | None = None
) -> Document:
    """Keep ``content`` for good, in the caller's transaction. The same bytes again are a document of their own.

    Raises ``ValidationError`` for a file name that is empty, too long, or could be taken for a path or a header, and
    for a content type other than ``type/subtype``, with a charset or without.
    """
    if not _is_plain_name(filename):
        raise ValidationError({"filename": _("“%(name)s” is no file name.") % {"name": filename}})
    if not _CONTENT_TYPE.fullmatch(content_type):
        raise ValidationError({"content_type": _("“%(type)s” is no content type.") % {"type": content_type}})
    return Document.objects.create(
        organization=organization,
        filename=filename,
        content_type=content_type,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
    )


def _is_plain_name(filename: str) -> bool:
    return (
        0 < len(filename) <= 200
        and not filename.startswith(".")
        and not any(sign in '/\\"' or ends_a_line(sign) for sign in filename)
    )
