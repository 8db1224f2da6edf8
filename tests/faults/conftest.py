"""What every race needs: a database of its own of either kind, with the product's tables and nothing in them yet."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.faults.racing import ROOT, environment_of
from tests.faults.scratch import scratch_postgres, scratch_sqlite


def _migrate(url: str, folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT, env=environment_of(url, folder), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


@pytest.fixture(scope="session")
def sqlite_pattern(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables in it, copied for each race: making them takes longer than most races.

    Where other tests of this run need tables in SQLite too, it is a copy of theirs.
    """
    if connection.vendor == "sqlite" and any(item.get_closest_marker("django_db") for item in request.session.items):
        return Path(request.getfixturevalue("django_db_setup"))
    folder = tmp_path_factory.mktemp("pattern")
    with scratch_sqlite(folder) as url:
        _migrate(url, folder)
    return folder / "race.sqlite3"


@pytest.fixture(scope="session")
def postgres_pattern(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with the tables in it, which the server copies for each race."""
    with scratch_postgres() as url:
        _migrate(url, tmp_path_factory.mktemp("pattern"))
        yield url.rsplit("/", 1)[1]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The DATABASE_URL of a database with tables, once of each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_pattern"), tmp_path / "race.sqlite3")
        with scratch_sqlite(tmp_path) as url:
            yield url
    else:
        with scratch_postgres(request.getfixturevalue("postgres_pattern")) as url:
            yield url
