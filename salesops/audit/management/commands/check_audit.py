"""``manage.py check_audit``: read the whole audit trail and hold it against its hashes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesops.audit.trail import verify_chain


class Command(BaseCommand):
    help = "Verify the audit trail. Note the newest hash elsewhere; --expect HASH later proves nothing was cut off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect", default="", help="a newest hash noted earlier, which must still be in the chain"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        report = verify_chain(options["expect"])
        if report.broken_at is not None:
            raise CommandError(
                f"The audit trail is broken at entry {report.broken_at}, after {report.entries} sound ones."
            )
        if not report.expected_found:
            raise CommandError(
                f"The audit trail is sound for {report.entries} entries, but the expected hash is missing."
            )
        self.stdout.write(f"The audit trail is sound: {report.entries} entries, newest hash {report.head or 'none'}.")
