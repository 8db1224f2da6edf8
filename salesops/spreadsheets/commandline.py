"""Imports from the command line: the same importers as behind the pages, in this process."""

from __future__ import annotations

import json
import shutil
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from salesops.spreadsheets.doubles import refuse_second_time
from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.folders import print_of, store
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.reading import read_file
from salesops.spreadsheets.refused_rows import said
from salesops.spreadsheets.tables import IMPORTERS, Report, Table, Workbook

NO_SUCH_PERSON = gettext_noop("Nobody has the account name “%(name)s”.")
NO_SUCH_FILE = gettext_noop("There is no file “%(name)s”.")
NOTHING_TAKEN = gettext_noop("Nothing was written: every row was refused (%(count)s).")
BAD_MAPPING = gettext_noop('The mapping must be one JSON object of the form {"field": "heading"}.')


@dataclass(frozen=True)
class DiskFile:
    """A file on this machine, as an upload looks."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def chunks(self) -> Iterator[bytes]:
        """Its content, a megabyte at a time."""
        with self.path.open("rb") as source:
            while piece := source.read(1 << 20):
                yield piece


class ImportCommand(BaseCommand):
    """Shared by import_orders, import_customers and import_products.

    It ends with 0 when something was taken or nothing had to be refused, with 1 and a sentence when a file was
    refused, or when rows were and none was taken. Then nothing is kept, and the mended file may be brought in.
    """

    kind: ClassVar[ImportBatch.Kind]
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]
    ending = "Ends with 1 and a sentence where the file, or every row of it, is refused, and with 0 otherwise."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE… and how to take them; the help ends with how the command does."""
        parser.epilog = self.ending
        parser.add_argument("files", nargs="+", metavar="FILE", help="sheet files, a folder of them, or a zip")
        parser.add_argument("--sheet", default="", help="take records from this sheet only")
        parser.add_argument("--mapping", default="", help='a JSON file {"field": "heading"}')
        parser.add_argument("--dry-run", action="store_true", help="tell what would come of it, write nothing")
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print one JSON object and nothing else"
        )
        parser.add_argument("--again", action="store_true", help="take the same file once more")
        parser.add_argument(
            "--leave-hidden", action="store_true", help="leave hidden rows and sheets out; they are read otherwise"
        )
        parser.add_argument("--user", default="", help="account name of the person it is done for")

    def options_of(self, given: dict[str, Any]) -> dict[str, Any]:
        """What of the arguments the importer reads as options."""
        return {}

    def handle(self, *args: Any, **given: Any) -> None:
        """Run the import, tell what came of it, and end with 1 where nothing did."""
        try:
            report = self._run(given)
        except SheetRefused as refused:
            sentence = gettext(refused.msgid) % refused.values if refused.values else gettext(refused.msgid)
            if given["as_json"]:
                self.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False))
            raise CommandError(sentence, returncode=1) from refused
        if given["as_json"]:
            self.stdout.write(json.dumps(report.for_machines(), ensure_ascii=False))
        else:
            self._tell(report, is_dry=given["dry_run"])
        if report.took_nothing:
            raise CommandError(gettext(NOTHING_TAKEN) % {"count": sum(report.refused.values())}, returncode=1)

    def _run(self, given: dict[str, Any]) -> Report:
        paths = [Path(name) for name in given["files"]]
        for path in paths:
            if not path.exists():
                raise SheetRefused(NO_SUCH_FILE, {"name": str(path)})
        files = [DiskFile(path) for path in _files_of(paths)]
        batch = ImportBatch(
            kind=self.kind,
            file_name=" + ".join(path.name for path in paths)[:250],
            file_size=sum(one.size for one in files),
            sha256=print_of(files),
            sheet=given["sheet"],
            again=given["again"],
            uploaded_by=_person(given["user"]),
            options=self.options_of(given),
            state=ImportBatch.State.WRITING,
        )
        refuse_second_time(batch)
        scratch = Path(tempfile.mkdtemp(prefix="import-", dir=_scratch_root()))
        try:
            workbook = _read(paths, scratch, {"hidden": "leave"} if given["leave_hidden"] else {})
            batch.mapping = _mapping(given["mapping"], workbook, given["sheet"])
            importer = IMPORTERS[self.kind]
            report = importer.prepare(workbook, batch=batch, folder=scratch, watch=_unwatched)
            return report if given["dry_run"] or report.took_nothing else _apply(batch, files, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _tell(self, report: Report, *, is_dry: bool) -> None:
        """The report for a person."""
        title = gettext("What would be written:") if is_dry else gettext("Written:")
        self.stdout.write(title)
        names = {
            "orders": gettext("Orders"),
            "lines": gettext("Lines"),
            "customers": gettext("Customers"),
            "products": gettext("Products"),
            "unassigned_lines": gettext("Lines without a customer"),
            "conflicts": gettext("Conflicts"),
            "net_total": gettext("Net total"),
        }
        plain = report.for_machines()
        for name, label in names.items():
            self.stdout.write(f"  {label}: {plain[name]}")
        for reason, count in report.refused.items():
            self.stdout.write(f"  {gettext('Refused')}: {count} x {gettext(reason)}")
        for note in report.details.get("notes", []):
            self.stdout.write(f"  - {said(note['text'], note['values'], note['plural'])}")


def _apply(batch: ImportBatch, files: list[DiskFile], scratch: Path) -> Report:
    """Batch and records in one transaction: a process that dies leaves neither."""

    def finish(report: Report) -> None:
        batch.report = report.for_machines() | {"details": report.details}
        batch.state = ImportBatch.State.DONE
        batch.applied_at = timezone.now()
        batch.save()

    with transaction.atomic():
        batch.save()
        stored = store(batch, files)
        batch.file.name = f"imports/{batch.pk}/upload/{min(stored)}"
        batch.options = batch.options | {"names": stored}
        return IMPORTERS[batch.kind].apply(batch=batch, folder=scratch, watch=_unwatched, finish=finish)


def _unwatched(done: int, total: int | None, step: str) -> None:
    """Nobody looks at a progress bar here."""


def _scratch_root() -> Path:
    root = Path(settings.MEDIA_ROOT) / "imports"
    root.mkdir(parents=True, exist_ok=True)
    return root


def _files_of(paths: list[Path]) -> list[Path]:
    """Every file given, those of a folder in the order of their names."""
    found: list[Path] = []
    for path in paths:
        found += sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    return found


def _person(name: str) -> Any:
    if not name:
        return None
    users = get_user_model()
    try:
        return users._default_manager.get_by_natural_key(name)
    except users.DoesNotExist as error:
        raise SheetRefused(NO_SUCH_PERSON, {"name": name}) from error


def _read(paths: list[Path], scratch: Path, options: dict[str, Any]) -> Workbook:
    """One workbook of all files; sheets of the same name are told apart by a number."""
    whole: Workbook | None = None
    names: set[str] = set()
    for place, path in enumerate(paths):
        part = read_file(path, scratch / f"read{place}", options=options)
        for table in part.tables:
            table.name = _free_name(table, names)
            names.add(table.name)
        if whole is None:
            whole = part
        else:
            whole.tables += part.tables
            whole.notes += part.notes
    assert whole is not None
    return whole


def _free_name(table: Table, names: set[str]) -> str:
    name, place = table.name, 1
    while name in names:
        place += 1
        name = f"{table.name} ({place})"
    return name


def _mapping(path: str, workbook: Workbook, sheet: str) -> dict[str, Any]:
    """{table: {field: heading}} of a mapping file; a flat one is of the chosen sheet, or of the first."""
    if not path:
        return {}
    try:
        given = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SheetRefused(NO_SUCH_FILE, {"name": path}) from error
    except ValueError as error:
        raise SheetRefused(BAD_MAPPING) from error
    if not isinstance(given, dict):
        raise SheetRefused(BAD_MAPPING)
    if any(isinstance(value, dict) for value in given.values()):
        return given
    return {sheet or workbook.tables[0].name: given}
