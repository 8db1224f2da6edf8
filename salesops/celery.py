"""Celery only wakes a worker up; the job row is the record."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.base")
TRANSPORT_ALIASES["folder"] = "salesops.jobs.folder_broker:Transport"

app = Celery("salesops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
