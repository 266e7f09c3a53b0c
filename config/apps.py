from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Holds what belongs to the project as a whole: URLs, the database module, start-up commands."""

    name = "config"
    label = "config"

    def ready(self) -> None:
        # Makes our Celery application the one that `delay()` enqueues with, in every process.
        from config import celery  # noqa: F401
