from usage.admin import file_imports, integrations, ledger, organizations, prices, quarantine  # noqa: F401
