"""Django's ``flush``, which empties every table: the audit trail's guards step aside for it and come back."""

from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections

from salesops.audit.guards import TABLE, lift_guards, raise_guards


class Command(DjangoFlush):
    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        guarded = TABLE in connection.introspection.table_names()
        if guarded:
            lift_guards(connection)
        try:
            super().handle(**options)
        finally:
            if guarded:
                raise_guards(connection)
