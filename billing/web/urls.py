from django.urls import path

from billing.queries.panels.registry import MEMBERS, MONTHS
from billing.web import budgets, health, invoices, views, why_cost
from usage.web.panels import panel_paths

urlpatterns = [
    *panel_paths([MONTHS, MEMBERS]),
    path("o/<slug:slug>/", views.overview, name="overview"),
    path("o/<slug:slug>/budgets/", budgets.budgets, name="budgets"),
    path("o/<slug:slug>/budgets/new/", budgets.new_budget, name="new-budget"),
    path("o/<slug:slug>/budgets/<int:budget_id>/", budgets.edit_budget, name="edit-budget"),
    path("o/<slug:slug>/health/", health.health, name="health"),
    path("o/<slug:slug>/invoices/", invoices.invoices, name="invoices"),
    # A number may hold slashes, so the path to its PDF is looked at first.
    path("o/<slug:slug>/invoices/<path:number>/pdf/", invoices.invoice_pdf, name="invoice-pdf"),
    path("o/<slug:slug>/invoices/<path:number>/lines/<int:position>/", why_cost.line_cost, name="why-line"),
    path("o/<slug:slug>/invoices/<path:number>/", invoices.invoice, name="invoice"),
    path("o/<slug:slug>/why/", why_cost.look_up, name="why"),
    # Ids of clients may hold slashes.
    path("o/<slug:slug>/why/events/<path:transaction_id>/", why_cost.event_cost, name="why-event"),
    path("o/<slug:slug>/why/messages/<path:message_id>/", why_cost.message_cost, name="why-message"),
    path("o/<slug:slug>/why/chats/<path:conversation_id>/", why_cost.chat_cost, name="why-chat"),
]
