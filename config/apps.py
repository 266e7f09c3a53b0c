from django.apps import AppConfig
from structlog.dev import ConsoleRenderer, plain_traceback


class ConfigConfig(AppConfig):
    """Holds what belongs to the project as a whole: URLs, the database module, start-up commands, the log."""

    name = "config"
    label = "config"

    def ready(self) -> None:
        # Makes our Celery application the one that `delay()` enqueues with, in every process.
        from config import celery  # noqa: F401

        # Where rich is installed, as it is with the tools of tests, it would write down every variable, secrets among
        # them, and take a second for it.
        ConsoleRenderer.get_active().exception_formatter = plain_traceback
