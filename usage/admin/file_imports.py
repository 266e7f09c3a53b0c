"""Usage files in the admin: upload → map → check → store, each step on the page of the file it is about."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from teams.admin.audited import actor_of
from teams.admin.pages import ReasonForm, entry_url
from teams.queries.organizations import time_zone_on
from usage.admin.file_import_forms import BoundedUpload, FormatForm, MappingForm, UploadForm
from usage.admin.file_import_head import column_samples, earlier_notices, file_facts, written_count
from usage.admin.file_import_pages import check_context, progress_context, result_context
from usage.admin.prices import ReadOnlyAdmin
from usage.enums import FileImportStatus
from usage.imports.mapping import FieldMapping, suggest_mapping
from usage.imports.safe_csv import safe_csv
from usage.imports.unstored import unstored_table
from usage.models import FileImport
from usage.queries.file_imports import field_mapping, file_format, saved_mapping, unstored_rows
from usage.services.file_imports import (
    cancel_import,
    choose_format,
    confirm_import,
    resume_import,
    save_mapping,
    upload_file,
)

_LIST: Final = "admin:usage_fileimport_changelist"
_UPLOAD: Final = "admin:usage_fileimport_upload"
_WORKING: Final = (FileImportStatus.CHECKING, FileImportStatus.STORING)


@admin.register(FileImport)
class FileImportAdmin(ReadOnlyAdmin):
    list_display = ("filename", "organization", "state", "rows", "stored", "uploaded_by", "created_at")
    list_filter = ("status", ("organization", AutocompleteSelectFilter))
    list_filter_submit = True
    list_fullwidth = True
    list_select_related = ("organization", "uploaded_by")
    search_fields = ("filename", "sha256")
    ordering = ("-id",)
    actions_list = ("bring_in",)

    @display(
        description=gettext_lazy("status"),
        ordering="status",
        label={
            "uploaded": "warning",
            "checking": "info",
            "checked": "warning",
            "storing": "info",
            "stored": "success",
            "failed": "danger",
        },
    )
    def state(self, row: FileImport) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @display(description=gettext_lazy("rows"), ordering="rows_total")
    def rows(self, row: FileImport) -> str:
        return written_count(row.rows_total) if row.rows_total else "–"

    @display(description=gettext_lazy("stored"), empty_value="–")
    def stored(self, row: FileImport) -> str | None:
        return written_count(row.answers.get("stored", 0)) if row.confirmed_at else None

    def has_import_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether files may be brought in: all finance staff may."""
        return bool(request.user.has_perm("usage.add_fileimport"))

    def get_urls(self) -> list[URLPattern]:
        # The upload's own handler has to be set before anything reads the form, the check against forgery too.
        upload = csrf_exempt(self.admin_site.admin_view(csrf_exempt(self._upload_view)))
        unstored = self.admin_site.admin_view(self._unstored_view)
        return [
            path("upload/", upload, name="usage_fileimport_upload"),
            path("<uuid:import_id>/unstored.csv", unstored, name="usage_fileimport_unstored"),
            *super().get_urls(),
        ]

    @action(description=gettext_lazy("Import a file"), url_path="bring-in", permissions=["import"])
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        return redirect(_UPLOAD)

    def _upload_view(self, request: HttpRequest) -> HttpResponse:
        self._check(request)
        bounded = BoundedUpload(request)
        request.upload_handlers = [bounded]
        return csrf_protect(self._upload)(request, bounded)

    def _upload(self, request: HttpRequest, bounded: BoundedUpload) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if bounded.is_too_large:
            form = UploadForm(initial={"organization": request.POST.get("organization")})
            messages.error(request, _("The file is larger than 200 MB. Divide it, or gzip it."))
        elif request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                job = upload_file(
                    organization=form.cleaned_data["organization"],
                    filename=file.name,
                    chunks=file.chunks(),
                    actor=actor_of(request),
                )
                return redirect(entry_url(job))
            except ValidationError as error:
                form.add_error("file", error.messages)
        return self._render(request, "upload", title=_("Import a usage file"), form=form)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The step at which the file is; what is posted says which act is meant."""
        self._check(request)
        job = self._find(object_id)
        if request.method == "POST":
            return self._act(request, job)
        wants_map = request.GET.get("step") == "map" and job.confirmed_at is None
        if job.status == FileImportStatus.UPLOADED or (wants_map and job.ended_at is None):
            return self._map_page(request, job)
        if job.status in _WORKING:
            return self._render(request, "progress", job=job, title=str(job), **progress_context(job))
        if job.status == FileImportStatus.CHECKED:
            return self._check_page(request, job, ReasonForm())
        return self._render(request, "result", job=job, title=str(job), **result_context(job))

    def _act(self, request: HttpRequest, job: FileImport) -> HttpResponse:
        acts: dict[str, Callable[[HttpRequest, FileImport], HttpResponse | None]] = {
            "map": self._save_mapping,
            "format": self._choose_format,
            "confirm": self._confirm,
            "cancel": self._cancel,
            "resume": self._resume,
        }
        act = acts.get(request.POST.get("step", ""))
        if act is None:
            raise Http404
        try:
            page = act(request, job)
        except ValidationError as error:
            for message in error.messages:
                messages.error(request, message)
            page = None
        return page or redirect(entry_url(job))

    def _save_mapping(self, request: HttpRequest, job: FileImport) -> HttpResponse | None:
        form = MappingForm(request.POST, columns=file_format(job).columns, mapping=_mapping(job))
        if not form.is_valid():
            return self._map_page(request, job, form)
        try:
            save_mapping(job, form.mapping())
        except ValidationError as error:
            form.add_error(None, error.messages)
            return self._map_page(request, job, form)
        return None

    def _choose_format(self, request: HttpRequest, job: FileImport) -> HttpResponse | None:
        form = FormatForm(request.POST)
        if form.is_valid():
            choose_format(job, **form.cleaned_data)
        return None

    def _confirm(self, request: HttpRequest, job: FileImport) -> HttpResponse | None:
        form = ReasonForm(request.POST)
        if job.status == FileImportStatus.CHECKED and not form.is_valid():
            return self._check_page(request, job, form)
        if not confirm_import(job, reason=request.POST.get("reason", ""), actor=actor_of(request)):
            by = job.confirmed_by.email if job.confirmed_by else "–"
            messages.info(request, _("It was confirmed before, by %(person)s.") % {"person": by})
        return None

    def _cancel(self, request: HttpRequest, job: FileImport) -> HttpResponse | None:
        if cancel_import(job, actor=actor_of(request), reason=request.POST.get("reason", "")):
            messages.success(request, _("The import was cancelled. What is stored by now stays stored."))
        return None

    def _resume(self, request: HttpRequest, job: FileImport) -> HttpResponse | None:
        resume_import(job, actor=actor_of(request))
        return None

    def _map_page(
        self, request: HttpRequest, job: FileImport, form: MappingForm | None = None
    ) -> HttpResponse:
        read = file_format(job)
        form = form or MappingForm(columns=read.columns, mapping=_mapping(job))
        return self._render(
            request,
            "map",
            job=job,
            title=_("What the columns of %(name)s mean") % {"name": job.filename},
            form=form,
            columns=list(zip(form.column_fields, column_samples(job), strict=True)),
            format_form=FormatForm(initial={"encoding": read.encoding, "delimiter": read.delimiter}),
            is_csv=read.kind == "csv",
        )

    def _check_page(self, request: HttpRequest, job: FileImport, form: ReasonForm) -> HttpResponse:
        return self._render(
            request,
            "check",
            job=job,
            title=_("Before %(name)s is stored") % {"name": job.filename},
            form=form,
            map_url=f"{entry_url(job)}?step=map",
            **check_context(job),
        )

    def _unstored_view(self, request: HttpRequest, import_id: UUID) -> HttpResponseBase:
        self._check(request)
        job = self._find(str(import_id))
        name = f"{job.created_at:%Y-%m-%d}-not-stored.csv"
        return StreamingHttpResponse(
            safe_csv(unstored_table(unstored_rows(job))),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _find(self, import_id: str) -> FileImport:
        try:
            key = UUID(import_id)
        except ValueError:
            raise Http404 from None
        people = ("organization", "uploaded_by", "confirmed_by")
        job = FileImport.objects.select_related(*people).filter(pk=key).first()
        if job is None:
            raise Http404
        return job

    def _check(self, request: HttpRequest) -> None:
        if not self.has_import_permission(request):
            raise PermissionDenied

    def _render(
        self, request: HttpRequest, page: str, *, job: FileImport | None = None, **context: Any
    ) -> HttpResponse:
        form = context.get("form")
        context |= {
            "job": job,
            "facts": file_facts(job) if job else [],
            "notices": earlier_notices(job) if job else [],
            "list_url": reverse(_LIST),
            "opts": self.opts,
            "media": self.media + form.media if form else self.media,
        }
        return TemplateResponse(
            request, f"usage/admin/file_import_{page}.html", self.admin_site.each_context(request) | context
        )


def _mapping(job: FileImport) -> FieldMapping:
    """What was chosen for this file, else for one with the same columns, else what the names suggest."""
    columns = file_format(job).columns
    if job.mapping:
        return field_mapping(job)
    zone = time_zone_on(job.organization_id, timezone.now().date())
    return saved_mapping(job.organization_id, columns) or suggest_mapping(columns, time_zone=zone)
