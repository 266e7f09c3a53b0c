from usage.admin import organizations, prices  # noqa: F401
