"""What every test may lean on."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management.color import no_style
from django.db import connection
from pytest_django.plugin import blocking_manager_key

from orders.checks import orders_that_do_not_add_up


@pytest.fixture(autouse=True)
def _nothing_left_behind(settings) -> Iterator[None]:
    """No test sees what another one left in the cache, or a wish to stop a job whose number is given again."""
    cache.clear()
    shutil.rmtree(Path(settings.VAR_DIR) / "jobs", ignore_errors=True)
    yield
    cache.clear()


_sown: list[str] = []


def _empties_tables(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    names = {"transactional_db", "live_server", "django_db_reset_sequences"}
    return bool(marker and marker.kwargs.get("transaction")) or bool(names & set(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """While the database is new: remember what migrations have sown in it, for the tests that empty its tables.

    Where it is SQLite a copy is kept, and its path given, for processes that need a database of their own.
    """
    with django_db_blocker.unblock():
        rows = json.loads(connection.creation.serialize_db_to_string())
        _sown.append(json.dumps([row for row in rows if not row["model"].startswith(("contenttypes.", "auth."))]))
        if connection.vendor != "sqlite":
            return None
        pattern = tmp_path_factory.mktemp("pattern") / "pattern.sqlite3"
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(pattern)])
        return pattern


def _number_on() -> None:
    """Rows sown with their numbers leave PostgreSQL's sequences where they were: the next row would take one again."""
    statements = connection.ops.sequence_reset_sql(no_style(), apps.get_models())
    if statements:
        with connection.cursor() as cursor:
            cursor.execute(";".join(statements))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """After it, when its fixtures have emptied them: sow again (the calendar, the desk's rules)."""
    yield
    # After the last test of all the database itself is gone.
    if _sown and nextitem is not None and _empties_tables(item):
        with item.config.stash[blocking_manager_key].unblock():
            connection.creation.deserialize_db_from_string(_sown[0])
            _number_on()
            connection.close()


@pytest.fixture(autouse=True)
def _orders_add_up(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test fails that leaves an order whose totals are not the sums of its lines."""
    touches_database = request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(
        request.fixturenames
    )
    if not touches_database or request.cls is not None:
        yield
        return
    request.getfixturevalue("_django_db_helper")  # so that the check runs before its rollback
    yield
    if not connection.needs_rollback:
        assert orders_that_do_not_add_up() == []


def _uses_database(item: pytest.Item) -> bool:
    wanted = {"db", "transactional_db", "live_server", "django_db_setup"}
    return bool(item.get_closest_marker("django_db") or wanted & set(getattr(item, "fixturenames", ())))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What starts whole products and races takes longest and comes first, so that no process ends alone with it.

    The PostgreSQL run repeats only what touches the database; the rest has run on SQLite.
    """
    items.sort(key=lambda item: item.get_closest_marker("fault") is None or _uses_database(item))
    if not os.environ.get("SALESOPS_ONLY_DATABASE"):
        return
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        (kept if _uses_database(item) or item.get_closest_marker("postgres") else dropped).append(item)
    config.hook.pytest_deselected(items=dropped)
    items[:] = kept
