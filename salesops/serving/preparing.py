"""Make database and static files ready; what is up to date is left alone, so that a second start is quick."""

import argparse
import hashlib
import io
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def migrate() -> None:
    """Bring the database to this version, where it is not."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Preparing the database …")
        call_command("migrate", interactive=False, verbosity=0)


def collect_static() -> None:
    """Gather the static files, where one of them changed since the last time."""
    mark = Path(settings.STATIC_ROOT) / ".fingerprint"
    now = _static_fingerprint()
    if mark.exists() and mark.read_text(encoding="ascii") == now:
        return
    say("Gathering styles and scripts …")
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(now, encoding="ascii")


def _static_fingerprint() -> str:
    """Names, sizes and times of every static file: cheap, and wrong only towards collecting once too often."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def load_demo() -> None:
    """Fill an empty installation with the demo company; one that has people is left alone."""
    if get_user_model().objects.exists():
        return
    if "load_demo" not in get_commands():
        say("This version has no demo company; starting empty.")
        return
    say("Loading the demo company …")
    call_command("load_demo", stdout=io.StringIO())  # the accounts are printed with the address


def main() -> int:
    """Run before the servers, in a process of its own, so that the supervisor stays small."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", action="store_true")
    wanted = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.base")
    django.setup()
    migrate()
    collect_static()
    if wanted.demo:
        load_demo()
    return 0


if __name__ == "__main__":
    sys.exit(main())
