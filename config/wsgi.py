"""WSGI entry point: gunicorn serves ``config.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application

from config.database import ensure_database
from config.problems import told_plainly

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# By this exit code a worker tells gunicorn not to try again and again.
GUNICORN_BOOT_ERROR = 3

# Only the start is to fail without a database. A worker that follows one that died answers 503 until it is back; were
# it to give up, gunicorn would end altogether.
with told_plainly(exit_code=GUNICORN_BOOT_ERROR):
    if not os.environ.get("WEB_WORKER_FOLLOWS"):
        ensure_database()
    application = get_wsgi_application()
