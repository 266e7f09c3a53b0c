from django.urls import path

from billing.web import budgets, views

urlpatterns = [
    path("o/<slug:slug>/", views.overview, name="overview"),
    path("o/<slug:slug>/budgets/", budgets.budgets, name="budgets"),
    path("o/<slug:slug>/budgets/new/", budgets.new_budget, name="new-budget"),
    path("o/<slug:slug>/budgets/<int:budget_id>/", budgets.edit_budget, name="edit-budget"),
]
