"""WSGI entry point: gunicorn serves ``config.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import get_resolver

from config.database import ensure_database
from config.problems import told_plainly

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# By this exit code gunicorn is told not to try again and again.
GUNICORN_BOOT_ERROR = 3

# Loaded once for all workers (``preload_app``), so that only the start fails without a database.
with told_plainly(exit_code=GUNICORN_BOOT_ERROR):
    ensure_database()
    application = get_wsgi_application()
    # Else each worker would load all views at its first request.
    _ = get_resolver().url_patterns
    # Workers must not share a connection.
    connections.close_all()
