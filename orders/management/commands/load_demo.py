"""Fill an empty database with the demo company."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from orders.demo.loading import AlreadyInUseError, load_demo
from orders.demo.people import PASSWORD


class Command(BaseCommand):
    help = "Fill an empty database with the demo company and print its accounts."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            accounts = load_demo()
        except AlreadyInUseError as error:
            raise CommandError(
                "There are people in this database already; the demo company needs an empty one."
            ) from error
        lines = [f"{account.username:<10} {account.name}  {', '.join(account.roles)}" for account in accounts]
        text = "\n".join([f"Password of every demo account: {PASSWORD}", *lines]) + "\n"
        (Path(settings.VAR_DIR) / "demo_accounts.txt").write_text(text, encoding="utf-8")
        self.stdout.write(text)
