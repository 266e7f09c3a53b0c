"""Documents keep their bytes, for good."""

import hashlib

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError

from teams.models import Document
from teams.queries.documents import read_document
from teams.services.documents import store_document
from tests.teams.cast import Cast

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n" + bytes(range(256))


def store(**fields: object) -> Document:
    values = {"content": PDF, "filename": "INV-1.pdf", "content_type": "application/pdf"} | fields
    return store_document(**values)  # type: ignore[arg-type]


def test_what_is_stored_is_read_back(cast: Cast) -> None:
    document = read_document(store(organization=cast.acme).pk)
    assert (document.content, document.size) == (PDF, len(PDF))
    assert document.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (document.filename, document.content_type) == ("INV-1.pdf", "application/pdf")
    assert document.organization_id == cast.acme.pk


def test_the_same_bytes_again_are_another_document() -> None:
    assert store().pk != store().pk


def test_the_database_refuses_changes() -> None:
    document = store()
    for changes in ({"content": b"other"}, {"filename": "x.pdf"}):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            Document.objects.filter(pk=document.pk).update(**changes)
    with pytest.raises(TypeError):
        document.delete()
    assert read_document(document.pk).content == PDF


def test_an_organization_with_documents_stays(cast: Cast) -> None:
    store(organization=cast.acme)
    with pytest.raises(ProtectedError):
        cast.acme.delete()


@pytest.mark.parametrize(
    "filename",
    ["", "x" * 201, "../x.pdf", "a\\b.pdf", "a\nb.pdf", 'a".pdf', ".hidden", "a\u2028.pdf", "a\x00b"],
)
def test_a_file_name_is_no_path_and_no_header(filename: str) -> None:
    with pytest.raises(ValidationError) as error:
        store(filename=filename)
    assert set(error.value.message_dict) == {"filename"}


@pytest.mark.parametrize("content_type", ["", "pdf", "application/pdf\nX: y", "a/b/c", "text/html; x=y"])
def test_a_content_type_is_one(content_type: str) -> None:
    with pytest.raises(ValidationError) as error:
        store(content_type=content_type)
    assert set(error.value.message_dict) == {"content_type"}


def test_a_content_type_may_name_its_charset() -> None:
    assert store(content_type="text/csv; charset=utf-8").pk
