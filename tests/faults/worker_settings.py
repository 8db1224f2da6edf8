"""Settings of a worker or web process under test: the product's own, with the folder it shares with the test."""

import os
from pathlib import Path

from salesops.settings.base import *  # noqa: F403  # settings modules build on each other by design

VAR_DIR = Path(os.environ["SALESOPS_SIDECAR"])
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
