from usage.admin import prices  # noqa: F401
