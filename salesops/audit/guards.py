"""The database's own refusal to change or remove audit entries.

SQLite loses triggers when a migration rebuilds the table: a migration that alters ``audit_auditentry`` ends with
``raise_guards``. A test holds that they stand after the last migration.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "audit_auditentry"

_RAISE = {
    "postgresql": [
        """CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'audit entries are append-only'; END $$""",
        f"""CREATE OR REPLACE TRIGGER audit_guard_rows BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
        f"""CREATE OR REPLACE TRIGGER audit_guard_whole BEFORE TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    ],
    "sqlite": [
        f"""CREATE TRIGGER IF NOT EXISTS audit_guard_update BEFORE UPDATE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END""",
        f"""CREATE TRIGGER IF NOT EXISTS audit_guard_delete BEFORE DELETE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END""",
    ],
}
_LIFT = {
    "postgresql": [
        f"DROP TRIGGER IF EXISTS audit_guard_rows ON {TABLE}",
        f"DROP TRIGGER IF EXISTS audit_guard_whole ON {TABLE}",
    ],
    "sqlite": ["DROP TRIGGER IF EXISTS audit_guard_update", "DROP TRIGGER IF EXISTS audit_guard_delete"],
}


def raise_guards(connection: BaseDatabaseWrapper) -> None:
    """From now on this database refuses UPDATE, DELETE and TRUNCATE of audit entries."""
    _execute(connection, _RAISE)


def lift_guards(connection: BaseDatabaseWrapper) -> None:
    """Let the audit table be emptied or rebuilt (``flush``, migrations); follow with ``raise_guards``."""
    _execute(connection, _LIFT)


def _execute(connection: BaseDatabaseWrapper, statements: dict[str, list[str]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
