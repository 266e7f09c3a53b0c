"""The admin pages of organizations, their people and keys. Django finds them by importing this package."""

from teams.admin import api_keys, audit, organizations, outbox, people, users

__all__ = ["api_keys", "audit", "organizations", "outbox", "people", "users"]
