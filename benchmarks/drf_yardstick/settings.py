"""Settings of the comparison: Django's defaults, the product's way of connecting to the database."""

import os
from pathlib import Path

from config.database import database_settings

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "benchmarks.drf_yardstick.apps.YardstickConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework.authtoken",
]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "benchmarks.drf_yardstick.urls"
WSGI_APPLICATION = "benchmarks.drf_yardstick.wsgi.application"
DATABASES = {"default": database_settings(os.environ["DATABASE_URL"], var_dir=Path())}
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
