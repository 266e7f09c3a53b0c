from usage.admin import integrations, ledger, organizations, prices, quarantine  # noqa: F401
