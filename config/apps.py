from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Holds what belongs to the project as a whole: URLs, the database module, start-up commands."""

    name = "config"
    label = "config"
