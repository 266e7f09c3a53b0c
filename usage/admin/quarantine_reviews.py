"""Decisions about many waiting events: the page that asks, and what has become of each."""

from typing import Any, Final

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display

from teams.admin.audited import actor_of
from teams.admin.pages import ReasonForm, ask, entry_url
from teams.formatting import count
from teams.models import ApiKey, Organization
from teams.templatetags.figures import reader_locale
from usage.admin.prices import ReadOnlyAdmin
from usage.admin.quarantine_page import LIST, QuarantineForm, chosen_ids
from usage.enums import EventSource, QuarantineReason, ReviewAction, ReviewAnswer
from usage.models import QuarantineReview
from usage.quarantine_filter import QuarantineFilter
from usage.queries.quarantine import ChosenCount, count_chosen
from usage.services.quarantine_reviews import run_review, start_review

AT_ONCE: Final = 100
"""So many are decided before the page answers; more are left to the worker."""


def review_page(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Say how many events are meant and what will become of them, ask for a reason, and decide."""
    wanted = request.GET.get("action", "")
    action = ReviewAction(wanted) if wanted in ReviewAction.values else ReviewAction.REPLAY
    ids = chosen_ids(request.GET)
    if request.GET.get("ticked") and not ids:
        messages.warning(request, _("Tick the events that you mean first."))
        return redirect(reverse(LIST))
    which = QuarantineFilter(ids=ids) if ids else QuarantineForm(request.GET).which().still_open
    found = count_chosen(which)
    if not found.events:
        messages.warning(request, _("There is no such open event."))
        return redirect(reverse(LIST))

    def act(values: dict[str, Any]) -> HttpResponse:
        review = start_review(action=action, which=which, reason=values["reason"], actor=actor_of(request))
        if review.total <= AT_ONCE:
            run_review(review.pk)
        return redirect(entry_url(review))

    is_replay = action == ReviewAction.REPLAY
    if is_replay and found.conflicts == found.events:
        messages.warning(request, _("These are conflicts: they are never stored, but can be discarded."))
        return redirect(reverse(LIST))
    return ask(
        model_admin,
        request,
        form=ReasonForm(request.POST or None),
        title=_title(found, is_replay=is_replay),
        summary=_summary(found, which, is_replay=is_replay),
        submit_text=_("Store now") if is_replay else _("Discard"),
        back_url=reverse(LIST),
        act=act,
        is_dangerous=not is_replay,
        # Ingest has transactions of its own, and remembers what they made.
        in_transaction=False,
    )


def _title(found: ChosenCount, *, is_replay: bool) -> str:
    number = found.events - found.conflicts if is_replay else found.events
    events = ngettext("%(count)s event", "%(count)s events", number) % {"count": _written(number)}
    if not is_replay:
        return _("Discard %(events)s") % {"events": events}
    if not found.conflicts:
        return _("Store %(events)s now") % {"events": events}
    text = ngettext(
        "Store %(events)s now (%(conflicts)s conflict stays)",
        "Store %(events)s now (%(conflicts)s conflicts stay)",
        found.conflicts,
    )
    return text % {"events": events, "conflicts": _written(found.conflicts)}


def _summary(found: ChosenCount, which: QuarantineFilter, *, is_replay: bool) -> str:
    organizations = ngettext(
        "Of %(count)s organization: %(which)s.", "Of %(count)s organizations: %(which)s.", found.organizations
    )
    sentences = [organizations % {"count": found.organizations, "which": filter_in_words(which)}]
    if is_replay:
        sentences.append(
            _("Each is stored at its own time and priced as of then. What still has no month stays here.")
        )
        if found.conflicts:
            text = ngettext(
                "%(count)s of them is a conflict: it stays.",
                "%(count)s of them are conflicts: they stay.",
                found.conflicts,
            )
            sentences.append(text % {"count": _written(found.conflicts)})
    else:
        sentences.append(_("They will not count, in no sum and on no invoice. They stay on record here."))
    if found.events > AT_ONCE:
        sentences.append(_("This runs in the background; the next page shows how far it is."))
    return " ".join(sentences)


def filter_in_words(which: QuarantineFilter) -> str:
    """What a filter names, for people."""
    if which.ids:
        return ngettext("%(count)s that was ticked", "%(count)s that were ticked", len(which.ids)) % {
            "count": len(which.ids)
        }
    organization = (
        Organization.objects.filter(pk=which.organization_id).first() if which.organization_id else None
    )
    key = ApiKey.objects.filter(pk=which.api_key_id).first() if which.api_key_id else None
    parts = [
        str(organization) if organization else "",
        str(QuarantineReason(which.reason).label) if which.reason else "",
        str(EventSource(which.source).label) if which.source else "",
        str(key) if key else "",
        _("received from %(day)s") % {"day": which.first_day} if which.first_day else "",
        _("received until %(day)s") % {"day": which.last_day} if which.last_day else "",
        which.transaction_id,
    ]
    return ", ".join(part for part in parts if part) or _("all that is open")


def _written(number: int) -> str:
    return count(number, locale=reader_locale())


@admin.register(QuarantineReview)
class QuarantineReviewAdmin(ReadOnlyAdmin):
    list_display = (
        "decision",
        "what_was_meant",
        "reason",
        "actor",
        "created_at",
        "progress_in_words",
        "state",
    )
    list_select_related = ("actor",)
    show_full_result_count = False
    list_fullwidth = True
    fields = (
        *("decision", "what_was_meant", "reason", "actor", "created_at", "finished_at", "progress"),
        "error",
    )
    readonly_fields = fields

    class Media:
        css = {"all": ("usage/ledger.css",)}

    @display(description=gettext_lazy("decision"), ordering="id")
    def decision(self, review: QuarantineReview) -> str:
        return str(review)

    @display(description=gettext_lazy("which events"))
    def what_was_meant(self, review: QuarantineReview) -> str:
        return filter_in_words(QuarantineFilter.from_json(review.chosen))

    @display(description=gettext_lazy("progress"))
    def progress_in_words(self, review: QuarantineReview) -> str:
        return _("%(done)s of %(total)s") % {"done": _written(review.done), "total": _written(review.total)}

    @display(
        description=gettext_lazy("state"), label={"done": "success", "running": "info", "failed": "danger"}
    )
    def state(self, review: QuarantineReview) -> tuple[str, str]:
        if review.finished_at is None:
            return "running", _("Running")
        return ("failed", _("Failed")) if review.error else ("done", _("Done"))

    @display(description=gettext_lazy("progress"))
    def progress(self, review: QuarantineReview) -> SafeString | str:
        answers = [
            (ReviewAnswer(answer).label, _written(number))
            for answer, number in sorted(review.answers.items(), key=lambda item: -item[1])
        ]
        context = {"review": review, "words": self.progress_in_words(review), "answers": answers}
        return render_to_string("usage/admin/review_progress.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        review = (
            QuarantineReview.objects.filter(pk=object_id, finished_at=None).first()
            if object_id.isdigit()
            else None
        )
        if review is not None and response.status_code == 200:
            # Without a script: the page asks for itself until the worker is done.
            response["Refresh"] = "3"
        return response
