"""Databases made for one race and dropped after it, so that real connections can fight in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg2
import pytest

LOCAL_POSTGRES = "postgres://root@127.0.0.1:5432/postgres"


def _server() -> str:
    """The address of a PostgreSQL server's own database; skips (in CI: fails) where none answers."""
    url = urlunsplit(urlsplit(os.environ.get("TEST_DATABASE_URL") or LOCAL_POSTGRES)._replace(path="/postgres"))
    try:
        psycopg2.connect(url, connect_timeout=3).close()
    except psycopg2.OperationalError:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is needed for the races and does not answer")
        pytest.skip("no PostgreSQL at TEST_DATABASE_URL or 127.0.0.1:5432: the races there did not run")
    return url


def _statement(server: str, sql: str) -> None:
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql)
    connection.close()


@contextmanager
def scratch_postgres(pattern: str = "") -> Iterator[str]:
    """The DATABASE_URL of an empty PostgreSQL database, or of a copy of the one named ``pattern``."""
    server, name = _server(), f"race_{uuid4().hex[:12]}"
    _statement(server, f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{pattern}"' if pattern else ""))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        _statement(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def scratch_sqlite(folder: Path) -> Iterator[str]:
    """The DATABASE_URL of an empty SQLite file."""
    yield f"sqlite:///{folder / 'race.sqlite3'}"
