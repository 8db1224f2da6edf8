"""Make the tables as an installation did that took every step as it came, then bring it to this version.

Run as ``python -m tests.faults.step_by_step`` on the empty database of ``DATABASE_URL``.
"""

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader


def main() -> None:
    """Every migration by itself, the ones that a shorter way has replaced among them."""
    django.setup()
    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    graph = executor.loader.graph
    executor.migrate([step for step in graph.leaf_nodes() if not graph.nodes[step].replaces])
    call_command("migrate", verbosity=0)
    call_command("migrate", check_unapplied=True, verbosity=0)


if __name__ == "__main__":
    main()
