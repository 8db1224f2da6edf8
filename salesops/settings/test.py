"""For the tests: SQLite in a file per process, or PostgreSQL when TEST_DATABASE_URL is set."""

import tempfile
from pathlib import Path

from salesops.settings.base import *  # noqa: F403  # settings modules build on each other by design
from salesops.settings.base import DATABASES, env

if env.str("TEST_DATABASE_URL", default=""):
    DATABASES["default"] = env.db_url_config(env.str("TEST_DATABASE_URL"))

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
_scratch = Path(tempfile.mkdtemp(prefix="salesops-test-"))
VAR_DIR = _scratch
if not env.str("TEST_DATABASE_URL", default=""):
    # A file, not memory: threads and real workers must see what a test committed.
    DATABASES["default"]["TEST"] = {"NAME": str(_scratch / "test.sqlite3")}
MEDIA_ROOT = _scratch / "media"
STATIC_ROOT = _scratch / "static"
STATIC_ROOT.mkdir()
CELERY_BROKER_URL = "memory://"
