"""The WSGI entry point; PostgreSQL installations set DJANGO_SETTINGS_MODULE=salesops.settings.production."""

import os

from django.core.wsgi import get_wsgi_application

from salesops.locking import wait_no_longer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.base")
application = get_wsgi_application()
wait_no_longer()
