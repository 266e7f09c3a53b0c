"""The forms of the way a usage file takes, and the upload that stops at its limit."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from teams.admin.organization_select import OrganizationSelect
from teams.admin.organizations import TimeZoneField
from teams.models import Organization
from usage.admin.file_import_labels import GROUPS, LABELS
from usage.imports.fields import CONSTANTS
from usage.imports.limits import MAX_BYTES
from usage.imports.mapping import FieldMapping
from usage.models import UsageEvent

_LEFT_OUT: Final = ""
_LONGEST_CONSTANT: Final = 200
_TIME_FORMATS: Final = (
    ("auto", gettext_lazy("As written: 2026-11-23T09:30:00Z, or seconds since 1970")),
    ("dmy", gettext_lazy("Day first: 23.11.2026 09:30")),
    ("mdy", gettext_lazy("Month first: 11/23/2026 9:30 AM")),
    ("unix_s", gettext_lazy("Seconds since 1970")),
    ("unix_ms", gettext_lazy("Milliseconds since 1970")),
    ("unix_us", gettext_lazy("Microseconds since 1970")),
    ("unix_ns", gettext_lazy("Nanoseconds since 1970")),
)
_DELIMITERS: Final = (
    (",", gettext_lazy("Comma")),
    (";", gettext_lazy("Semicolon")),
    ("\t", gettext_lazy("Tab")),
    ("|", gettext_lazy("Vertical bar")),
)
ENCODING_NAMES: Final = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
}
DELIMITER_NAMES: Final = dict(_DELIMITERS)


class BoundedUpload(TemporaryFileUploadHandler):
    """Streams a file to the disk, never more of it than may be imported; ``is_too_large`` says that it was more."""

    is_too_large = False
    _received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self._received += len(raw_data)
        if self._received > MAX_BYTES:
            self.is_too_large = True
            raise StopUpload(connection_reset=False)
        return super().receive_data_chunk(raw_data, start)


class UploadForm(forms.Form):
    """Whose usage it is, and the file."""

    organization = forms.ModelChoiceField(
        label=gettext_lazy("Organization"),
        queryset=Organization.objects.all(),
        widget=OrganizationSelect(
            UsageEvent._meta.get_field("organization"), empty=gettext_lazy("Choose an organization")
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,.jsonl,.ndjson,.gz"}),
        help_text=gettext_lazy(
            "CSV with a header, or one JSON object per line; plain or gzipped, up to 200 MB."
        ),
    )

    class Media:
        js = (
            "admin/js/vendor/jquery/jquery.min.js",
            "admin/js/vendor/select2/select2.full.js",
            "admin/js/jquery.init.js",
            "unfold/js/select2.init.js",
        )
        css = {"screen": ("admin/css/vendor/select2/select2.css", "admin/css/autocomplete.css")}


class FormatForm(forms.Form):
    """How the bytes are read, where what was found out is wrong."""

    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"), choices=list(ENCODING_NAMES.items()), widget=UnfoldAdminSelectWidget
    )
    delimiter = forms.ChoiceField(
        label=gettext_lazy("Cells are divided by"), choices=_DELIMITERS, widget=UnfoldAdminSelectWidget
    )


class MappingForm(forms.Form):
    """A choice of fields for each column, and what is the same for all rows."""

    time_format = forms.ChoiceField(
        label=gettext_lazy("Times are written"), choices=_TIME_FORMATS, widget=UnfoldAdminSelectWidget
    )
    time_zone = TimeZoneField()
    thousands = forms.ChoiceField(
        label=gettext_lazy("Thousands are divided by"),
        required=False,
        choices=(
            ("", gettext_lazy("Nothing: 1200")),
            (",", "1,200"),
            (".", "1.200"),
            (" ", "1 200"),
            ("'", "1'200"),
        ),
        widget=UnfoldAdminSelectWidget,
    )
    decimal = forms.ChoiceField(
        label=gettext_lazy("Decimals come after"),
        choices=((".", gettext_lazy("a point: 1.5")), (",", gettext_lazy("a comma: 1,5"))),
        widget=UnfoldAdminSelectWidget,
    )
    opens_months = forms.BooleanField(
        label=gettext_lazy("Open older months for rows that need them"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=gettext_lazy(
            "Otherwise such rows wait in quarantine. Up to five years before the months kept open."
        ),
    )

    def __init__(self, posted: Any = None, *, columns: Sequence[str], mapping: FieldMapping) -> None:
        super().__init__(posted, initial=_initial(mapping))
        self._columns = tuple(columns)
        self.fields["time_zone"].help_text = _("Of times that name none.")
        field_of = {column: name for name, column in mapping.columns.items()}
        for position, column in enumerate(self._columns):
            self.fields[f"column-{position}"] = forms.ChoiceField(
                label=column,
                required=False,
                choices=_field_choices,
                initial=field_of.get(column, _LEFT_OUT),
                widget=UnfoldAdminSelectWidget(attrs={"aria-label": column}),
            )
        for name in CONSTANTS:
            self.fields[f"constant-{name}"] = forms.CharField(
                label=str(LABELS[name]),
                required=False,
                max_length=_LONGEST_CONSTANT,
                initial=mapping.constants.get(name, ""),
                widget=UnfoldAdminTextInputWidget,
            )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        """The choices, one per column of the file."""
        return [self[f"column-{position}"] for position in range(len(self._columns))]

    @property
    def constant_fields(self) -> list[forms.BoundField]:
        return [self[f"constant-{name}"] for name in CONSTANTS]

    @property
    def format_fields(self) -> list[forms.BoundField]:
        names = ("time_format", "time_zone", "thousands", "decimal", "opens_months")
        return [self[name] for name in names]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        taken: dict[str, int] = {}
        for position in range(len(self._columns)):
            name = values.get(f"column-{position}")
            if name and name in taken:
                self.add_error(f"column-{position}", _("Another column is this field already."))
            elif name:
                taken[name] = position
        return values

    def mapping(self) -> FieldMapping:
        """What was chosen, once the form is valid."""
        values: Mapping[str, Any] = self.cleaned_data
        return FieldMapping(
            columns={
                values[f"column-{position}"]: column
                for position, column in enumerate(self._columns)
                if values[f"column-{position}"]
            },
            constants={name: text for name in CONSTANTS if (text := values[f"constant-{name}"])},
            time_format=values["time_format"],
            time_zone=values["time_zone"],
            thousands=values["thousands"],
            decimal=values["decimal"],
            opens_months=values["opens_months"],
        )


def _initial(mapping: FieldMapping) -> dict[str, Any]:
    names = ("time_format", "time_zone", "thousands", "decimal", "opens_months")
    return {name: getattr(mapping, name) for name in names}


def _field_choices() -> list[tuple[Any, Any]]:
    return [(_LEFT_OUT, _("Left out")), *((group, list(fields.items())) for group, fields in GROUPS)]
