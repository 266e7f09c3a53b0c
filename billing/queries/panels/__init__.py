"""Panels that need budgets, plans or invoices beside usage; ``registry`` says which there are."""
