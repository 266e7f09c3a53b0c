"""The product's settings over a folder of their own, so that tests never touch the data of `make run`."""

import os
from pathlib import Path

os.environ.setdefault("VAR_DIR", str(Path(__file__).resolve().parent.parent / "var" / "test"))

from config.settings import *  # noqa: F403

# Quick on purpose: tests sign in often.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Tests serve static files from where they lie; the collected ones' folder need only exist.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405

# Files are found when they are asked for: whitenoise would list them all for each of thousands of test clients.
WHITENOISE_AUTOREFRESH = True
