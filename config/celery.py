"""The Celery application. Services leave pending rows; tasks only drain them."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init

from config.database import ensure_database
from config.file_queue import serve_files
from config.problems import told_plainly

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

serve_files()
app = Celery("token_ledger")
with told_plainly():
    app.config_from_object("django.conf:settings", namespace="CELERY", force=True)
app.autodiscover_tasks()


@celeryd_init.connect
def find_database(**_: Any) -> None:
    """A worker needs the database; a program that only enqueues has it already."""
    with told_plainly():
        ensure_database()
