"""``manage.py read_mail``: bring in new mails now, of one account or of all."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesops.connectors.mail.reading import read_account
from salesops.connectors.models import MailAccount


class Command(BaseCommand):
    help = "Read new mails of all mail accounts in use, or of one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", default="", help="the account's name; also one that is not in use")
        parser.add_argument("--json", action="store_true", help="one JSON object a line instead of words")

    def handle(self, *_args: Any, **options: Any) -> None:
        accounts = MailAccount.objects.exclude(imap_host="").order_by("pk")
        name = options["account"]
        accounts = accounts.filter(name=name) if name else accounts.filter(is_active=True)
        if name and not accounts:
            raise CommandError(f"No mail account that can be read is called {name}.")
        failed = []
        for account in accounts:
            report = read_account(account)
            if options["json"]:
                self.stdout.write(json.dumps(report.as_values(), ensure_ascii=False))
            else:
                self.stdout.write(
                    f"{report.account}: {report.delivered} delivered, {report.repeated} came before, "
                    f"{report.refused} refused, {report.waiting} waiting. {report.error}".strip()
                )
            failed += [report.account] if report.error else []
        if failed:
            raise CommandError(f"Not read: {', '.join(failed)}")
