"""The product's settings, as of another moment; see the package."""

from benchmarks.dashboards.clock import turn_back
from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.dashboards.server.urls"
turn_back()

MIDDLEWARE = ["benchmarks.dashboards.server.counting.QueryCountMiddleware", *MIDDLEWARE]  # noqa: F405
