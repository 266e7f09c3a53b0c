"""The way of a file through the admin, and who may go it."""

import json
import re
from io import BytesIO
from unittest.mock import patch

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from time_machine import travel

from teams.models import Organization
from tests.real_data import REAL_DATA, needs_real_data
from tests.teams.cast import Cast
from tests.usage.imports.scene import RECEIVED, as_csv, call, check, store, upload
from tests.usage.ledger_fixtures import open_ledger
from usage.admin import file_import_forms
from usage.enums import FileImportStatus
from usage.models import FileImport, UsageEvent
from usage.services.file_import_run import run_file_imports

pytestmark = pytest.mark.django_db(transaction=True)
UPLOAD = reverse("admin:usage_fileimport_upload")


@pytest.fixture(autouse=True)
def _june():
    with travel(RECEIVED, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield


@pytest.fixture
def buyer() -> Organization:
    return open_ledger(name="Buyer", slug="buyer")


def _signed_in(user, **options) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


@pytest.fixture
def staff(cast: Cast) -> Client:
    return _signed_in(cast.carol)


def _page(job: FileImport) -> str:
    return reverse("admin:usage_fileimport_change", args=(job.pk,))


def _file(content: bytes, name: str = "usage.csv") -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file


def _posted(form) -> dict[str, object]:
    """What a browser sends of a form as it stands."""
    values = {field.html_name: field.value() for field in form}
    return {
        name: "on" if value is True else value for name, value in values.items() if value not in (None, False)
    }


def test_a_file_goes_all_the_way(staff: Client, cast: Cast, buyer: Organization) -> None:
    rows = [call(1), call(2, prompt_tokens=-1), call(3, user="<b>Zoë</b>", model="=cmd()")]
    sent = staff.post(UPLOAD, {"organization": buyer.pk, "file": _file(as_csv(rows))})
    job = FileImport.objects.get()
    assert sent.status_code == 302 and sent["Location"] == _page(job)
    assert (job.uploaded_by, job.status) == (cast.carol, FileImportStatus.UPLOADED)

    answer = staff.get(_page(job))
    assert "prompt_tokens" in answer.content.decode() and "1000 · -1 · 1000" in answer.content.decode()
    chosen = _posted(answer.context["form"]) | {"step": "map", "constant-feature": "chat"}
    assert staff.post(_page(job), chosen).status_code == 302
    assert "It waits for a worker" in staff.get(_page(job)).content.decode()
    run_file_imports()

    page = staff.get(_page(job)).content.decode()
    assert (
        ">Store 2 rows<" in re.sub(r"\s*([<>])\s*", r"\1", page)
        and "must be a whole number from 0" in page
        and "&lt;b&gt;Zoë&lt;/b&gt;" in page
    )
    # As it is understood: the time in UTC, and what was said to be the same for all rows.
    assert "2026-05-20 12:00:03Z" in page and page.count(">chat</span>") == 2
    assert "$0.003" in page and "at least" in page
    assert UsageEvent.objects.count() == 0
    assert "This field is required" in staff.post(_page(job), {"step": "confirm"}).content.decode()
    assert staff.post(_page(job), {"step": "confirm", "reason": "From the old gateway"}).status_code == 302
    assert "rows are done" in staff.get(_page(job)).content.decode()
    again = staff.post(_page(job), {"step": "confirm", "reason": "Double click"}, follow=True)
    assert "confirmed before" in again.content.decode()
    run_file_imports()

    page = staff.get(_page(job)).content.decode()
    assert "rows are dealt with" in page and "From the old gateway" in page
    assert UsageEvent.objects.get(transaction_id="row-1").feature == "chat"
    listed = staff.get(reverse("admin:usage_fileimport_changelist")).content.decode()
    assert "usage.csv" in listed and UPLOAD.replace("upload", "bring-in") in listed


def test_a_file_that_changes_nothing_offers_nothing_to_store(staff: Client, buyer: Organization) -> None:
    store(check(upload(buyer, as_csv([call(1), call(2)]))))
    page = staff.get(_page(check(upload(buyer, as_csv([call(1), call(2)]))))).content.decode()
    assert "Nothing to store" in page and "Known already: counted once" in page
    assert 'value="confirm"' in page and 'name="reason"' not in page
    changed = check(upload(buyer, as_csv([call(1, prompt_tokens=7)])))
    page = staff.get(_page(changed)).content.decode()
    assert "Keep 1 row in quarantine" in page
    assert "nothing will be changed" in page and "nothing was changed" not in page


def test_rows_not_stored_are_inert_in_a_spreadsheet(staff: Client, buyer: Organization) -> None:
    job = store(check(upload(buyer, as_csv([call(1, id="=HYPERLINK(1)", prompt_tokens="@SUM(1)")]))))
    answer = staff.get(reverse("admin:usage_fileimport_unstored", args=(job.pk,)))
    text = b"".join(answer).decode()
    assert '"2","\'=HYPERLINK(1)","invalid","input_tokens","“@SUM(1)” is no number"' in text
    assert "attachment" in answer["Content-Disposition"]


def test_what_is_no_usage_file_is_told_so(staff: Client, buyer: Organization) -> None:
    for content, sentence in (
        (b"", "empty"),
        (b"PK\x03\x04 workbook", "Save the sheet as CSV"),
        (b"[{}]", "one JSON array"),
        (b"\x1f\x8bbroken", "gzip file"),
        (bytes(range(256)) * 20, "no text file"),
    ):
        page = staff.post(UPLOAD, {"organization": buyer.pk, "file": _file(content)}).content.decode()
        assert sentence in page
    assert not FileImport.objects.exists()


def test_an_upload_ends_at_its_limit(staff: Client, buyer: Organization) -> None:
    with patch.object(file_import_forms, "MAX_BYTES", 200_000):
        page = staff.post(
            UPLOAD, {"organization": buyer.pk, "file": _file(b"a,b\n" * 100_000)}
        ).content.decode()
    assert "larger than 200 MB" in page
    assert not FileImport.objects.exists()


def test_an_upload_needs_the_forms_own_token(cast: Cast, buyer: Organization) -> None:
    client = _signed_in(cast.carol, enforce_csrf_checks=True)
    sent = client.post(UPLOAD, {"organization": buyer.pk, "file": _file(as_csv([call(1)]))})
    assert sent.status_code == 403
    assert not FileImport.objects.exists()


def test_only_staff_come_near(cast: Cast, buyer: Organization) -> None:
    job = check(upload(buyer, as_csv([call(1)])))
    unstored = reverse("admin:usage_fileimport_unstored", args=(job.pk,))
    for user in (cast.alice, cast.bob, cast.dana, cast.charlie):
        client = _signed_in(user)
        for url in (UPLOAD, _page(job), unstored, reverse("admin:usage_fileimport_changelist")):
            assert client.get(url).status_code in (302, 403, 404), url
        assert client.post(_page(job), {"step": "confirm", "reason": "x"}).status_code in (302, 403, 404)
    job.refresh_from_db()
    assert job.status == FileImportStatus.CHECKED


def test_columns_can_be_read_in_another_way(staff: Client, buyer: Organization) -> None:
    content = as_csv([call(1, user="Jürgen")], delimiter=";").decode().encode("cp1252")
    job = upload(buyer, content)
    assert (job.file_format["encoding"], job.file_format["delimiter"]) == ("cp1252", ";")
    staff.post(_page(job), {"step": "format", "encoding": "cp1252", "delimiter": ","})
    job.refresh_from_db()
    assert len(job.file_format["columns"]) == 1
    page = staff.post(_page(job), {"step": "map", "time_format": "auto", "time_zone": "UTC", "decimal": "."})
    assert "needs a column" in page.content.decode()
    staff.post(_page(job), {"step": "format", "encoding": "latin-1", "delimiter": ";"})
    assert "Jürgen" in staff.get(_page(job)).content.decode()


def test_a_step_that_is_over_is_not_done_again(staff: Client, buyer: Organization) -> None:
    job = store(check(upload(buyer, as_csv([call(1)]))))
    for step in ("cancel", "resume", "format"):
        staff.post(_page(job), {"step": step, "encoding": "latin-1", "delimiter": ";"})
    assert staff.post(_page(job), {"step": "delete"}).status_code == 404
    assert staff.get(f"{_page(job)}?step=map").status_code == 200
    job.refresh_from_db()
    assert job.status == FileImportStatus.STORED


@needs_real_data
def test_names_of_every_kind_are_shown_as_they_are(staff: Client, buyer: Organization) -> None:
    names = [text for text in json.loads((REAL_DATA / "blns.json").read_text()) if text.strip()]
    job = check(upload(buyer, as_csv(call(number, user=name) for number, name in enumerate(names))))
    page = staff.get(_page(job)).content.decode()
    assert "<script>alert" not in page
    job = store(job)
    assert sum(job.answers.values()) == len(names)
    assert staff.get(_page(job)).status_code == 200
