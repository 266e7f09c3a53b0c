from django.apps import AppConfig


class TeamsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "teams"

    def ready(self) -> None:
        # Registers how our API keys appear in the OpenAPI document.
        from teams.api import schema  # noqa: F401
