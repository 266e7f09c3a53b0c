"""The product's settings; see the package."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.dashboards.server.urls"
MIDDLEWARE = ["benchmarks.dashboards.server.counting.QueryCountMiddleware", *MIDDLEWARE]  # noqa: F405
