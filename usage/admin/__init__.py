from usage.admin import file_imports, integrations, ledger, ledger_checks, organizations, prices, quarantine  # noqa: F401
