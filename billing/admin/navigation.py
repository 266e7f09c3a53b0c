"""The admin's side bar: in the order of finance staff's work, third-party entries folded away at its end."""

from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Title, icon, and either the name of a page or "app.model" for its list.
Entry = tuple[Promise, str, str]

_GROUPS: Final[tuple[tuple[Promise | str, tuple[Entry, ...]], ...]] = (
    (
        "",
        (
            (_("Home"), "home", "admin:index"),
            (_("Month close"), "event_available", "month-close"),
            (_("Invoices"), "receipt_long", "billing.invoice"),
            (_("Payments"), "payments", "billing.payment"),
            (_("Credit balances"), "account_balance_wallet", "billing.creditentry"),
            (_("Budgets"), "savings", "billing.budget"),
            (_("Alerts"), "notifications", "billing.triggeredalert"),
        ),
    ),
    (
        _("Customers"),
        (
            (_("Organizations"), "apartment", "teams.organization"),
            (_("Billing accounts"), "contact_mail", "billing.billingaccount"),
            (_("Subscriptions"), "autorenew", "billing.subscription"),
            (_("Members"), "group", "teams.member"),
            (_("Departments"), "account_tree", "teams.department"),
            (_("Projects"), "folder", "teams.project"),
            (_("API keys"), "key", "teams.apikey"),
        ),
    ),
    (
        _("Usage"),
        (
            (_("Usage panels"), "insights", "admin-panels"),
            (_("Ledger"), "list_alt", "usage.usageevent"),
            (_("Quarantine"), "report", "usage.quarantinedevent"),
            (_("Quarantine reviews"), "rule", "usage.quarantinereview"),
            (_("File imports"), "upload_file", "usage.fileimport"),
            (_("Data health"), "monitor_heart", "data-health"),
            (_("Ledger checks"), "fact_check", "usage.ledgercheck"),
            (_("Integrations"), "extension", "usage.integration"),
        ),
    ),
    (
        _("Prices and terms"),
        (
            (_("Plans"), "sell", "billing.plan"),
            (_("Price list"), "price_change", "usage.price"),
            (_("Usage without a price"), "money_off", "unpriced"),
            (_("Re-ratings"), "published_with_changes", "usage.rerating"),
            (_("Models"), "memory", "usage.llmmodel"),
            (_("Providers"), "dns", "usage.llmprovider"),
            (_("Exchange rates"), "currency_exchange", "billing.exchangerate"),
            (_("Issuers"), "store", "billing.issuer"),
        ),
    ),
    (
        _("Records"),
        (
            (_("Outbox"), "outbox", "teams.outboxmessage"),
            (_("Audit history"), "history", "teams.auditentry"),
            (_("Users"), "badge", "teams.user"),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """What the person who asks may open; unfold calls it (``UNFOLD["SIDEBAR"]``)."""
    # Asked once: unfold reads this for every page.
    models = {
        f"{model._meta.app_label}.{model._meta.model_name}": model_admin
        for model, model_admin in admin.site._registry.items()
    }
    groups = [
        {
            "title": title,
            "separator": bool(title),
            "items": [item for entry in entries for item in _item(request, entry, models)],
        }
        for title, entries in _GROUPS
    ]
    named = {entry[2] for _title, entries in _GROUPS for entry in entries}
    rest = [
        item
        for name, model_admin in sorted(models.items())
        if name not in named
        for item in _item(request, (model_admin.opts.verbose_name_plural, "settings", name), models)
    ]
    return [*groups, {"title": _("Technical"), "separator": True, "collapsible": True, "items": rest}]


def _item(request: HttpRequest, entry: tuple[Any, str, str], models: dict[str, Any]) -> list[dict[str, Any]]:
    """The entry, if there is such a page and the person may open it."""
    title, icon, target = entry
    page = target
    if "." in target:
        if target not in models or not models[target].has_view_permission(request):
            return []
        page = f"admin:{target.replace('.', '_')}_changelist"
    try:
        link = reverse(page)
    except NoReverseMatch:
        return []
    # Text that Django capitalises in headings.
    title = str(title)
    return [{"title": title[:1].upper() + title[1:], "icon": icon, "link": link}]
