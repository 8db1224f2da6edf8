"""The product's database under a bare Django."""

from salesops.settings.base import *  # noqa: F403  # the floor measures the same database and library versions

ROOT_URLCONF = "bench.floor.urls"
MIDDLEWARE = []
