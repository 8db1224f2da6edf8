"""An installation that took every step has the same tables as one that begins now, on both kinds of database."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from tests.faults.racing import ROOT, environment_of
from tests.faults.scratch import scratch_postgres, scratch_sqlite

pytestmark = pytest.mark.fault

AT_LEAST = 300  # a floor: where fewer things are found, the search is broken
COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable,
           column_default, is_identity
      FROM information_schema.columns WHERE table_schema = 'public'"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
TRIGGERS = "SELECT event_object_table, trigger_name, event_manipulation, action_timing FROM information_schema.triggers"
ROWS = ("orders_deskrule", "orders_deadlinerule", "orders_approvalrule", "orders_approvalruleversion")


def take_every_step(url: str, folder: Path) -> None:
    command = [sys.executable, "-m", "tests.faults.step_by_step"]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment_of(url, folder), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def parts(statement: str) -> list[str]:
    """The columns and constraints of a CREATE TABLE, in no order: where a column stands means nothing."""
    body = statement[statement.index("(") + 1 : statement.rindex(")")]
    found, depth, begun = [], 0, 0
    for place, sign in enumerate(body):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and not depth:
            found.append(body[begun:place])
            begun = place + 1
    return [re.sub(r"\s+", " ", part).strip() for part in [*found, body[begun:]]]


def in_sqlite(path: Path) -> set[tuple[object, ...]]:
    """Everything the file says of its tables, and what the first rules are."""
    base = sqlite3.connect(path)
    found: set[tuple[object, ...]] = set()
    for kind, name, sql in base.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"):
        found |= {(name, part) for part in (parts(sql) if kind == "table" else [sql])}
    found |= {(table, base.execute(f"SELECT count(*) FROM {table}").fetchone()) for table in ROWS}
    base.close()
    return found


def in_postgres(url: str) -> set[tuple[object, ...]]:
    """Everything the server says of its tables, and what the first rules are."""
    base = psycopg2.connect(url)
    found: set[tuple[object, ...]] = set()
    with base.cursor() as cursor:
        for question in (
            COLUMNS,
            CONSTRAINTS,
            INDEXES,
            TRIGGERS,
            *(f"SELECT '{table}', count(*) FROM {table}" for table in ROWS),
        ):
            cursor.execute(question)
            found |= set(cursor.fetchall())
    base.close()
    return found


def test_every_step_leads_to_the_same_sqlite_file(tmp_path, sqlite_pattern):
    with scratch_sqlite(tmp_path) as url:
        take_every_step(url, tmp_path)
    new, old = in_sqlite(sqlite_pattern), in_sqlite(tmp_path / "race.sqlite3")
    assert len(new) > AT_LEAST
    assert (sorted(map(str, new - old)), sorted(map(str, old - new))) == ([], [])


def test_every_step_leads_to_the_same_postgresql_database(tmp_path, postgres_pattern):
    with scratch_postgres(postgres_pattern) as fresh, scratch_postgres() as url:
        take_every_step(url, tmp_path)
        new, old = in_postgres(fresh), in_postgres(url)
    assert len(new) > AT_LEAST
    assert (sorted(map(str, new - old)), sorted(map(str, old - new))) == ([], [])
