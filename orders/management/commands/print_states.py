"""Draw the states of an order into docs/states.md."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from orders.state_diagram import state_document


class Command(BaseCommand):
    help = "Draw the states of an order from the table of moves into docs/states.md."

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "states.md"
        path.write_text(state_document(), encoding="utf-8")
        self.stdout.write(f"{path.relative_to(settings.BASE_DIR)} is written.")
