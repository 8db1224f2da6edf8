"""Load holidays and make-up days of a year from a CSV file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from salesops.worktime.actions import import_calendar


class Command(BaseCommand):
    help = "Load calendar days (date, kind, name, hours) from a CSV file; all rows or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        report = import_calendar(lines=path.read_text(encoding="utf-8-sig").splitlines(), source=path.name)
        for number, reason, values in report.refused:
            self.stderr.write(f"{path.name}:{number}: {_(reason) % values}")
        if report.refused:
            raise CommandError(_("Nothing was written: mend the rows above and load the file again."))
        self.stdout.write(_("%(count)s calendar days written.") % {"count": report.written})
