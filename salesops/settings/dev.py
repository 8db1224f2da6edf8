"""For people who change the product: tracebacks in the browser, no hashed static names."""

from salesops.settings.base import *  # noqa: F403  # settings modules build on each other by design

DEBUG = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
