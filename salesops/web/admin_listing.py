"""Django admin over big tables: no counting of a million rows, no paging into their depth, a trail of each change."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connections, models
from django.http import HttpRequest

from salesops.audit.addresses import client_address
from salesops.audit.deeds import Deed
from salesops.audit.trail import record

COUNTED = 10_000  # rows counted exactly; above it the database's own estimate is good enough
DEEPEST_PAGE = 100  # OFFSET costs what it skips: whoever needs more narrows the list down


class EstimatingPaginator(Paginator[Any]):
    """Counts exactly up to ``COUNTED``; above, a whole table is estimated and a filtered one stops there."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, models.QuerySet):
            return len(rows)
        counted = rows.order_by().values("pk")[: COUNTED + 1].count()
        if counted <= COUNTED:
            return counted
        if rows.query.where:
            return COUNTED
        return max(counted, estimated_rows(rows))

    @cached_property
    def num_pages(self) -> int:
        pages = -(-self.count // self.per_page)
        return max(1 if self.allow_empty_first_page else 0, min(pages, DEEPEST_PAGE))


def estimated_rows(rows: models.QuerySet[Any]) -> int:
    """What the database believes the table holds: PostgreSQL's statistics, SQLite's highest row number."""
    connection = connections[rows.db]
    table = rows.model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [f'"{table}"'])
        else:
            # MAX(rowid) reads one leaf of the tree; gaps make it an upper bound.
            cursor.execute(f"SELECT MAX(rowid) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - our own table
        found = cursor.fetchone()
    return max(0, int(found[0] or 0)) if found else 0


class HouseModelAdmin(admin.ModelAdmin[Any]):
    """What every page of the administration shares. ``HouseAdminSite`` adds it to admins that lack it."""

    paginator = EstimatingPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # a count for each filter is a scan for each filter
    list_per_page = 50
    list_max_show_all = 0

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, Deed.ADMIN_ADDED, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, Deed.ADMIN_CHANGED, obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            self._record(request, Deed.ADMIN_DELETED, obj, "")
        return super().log_deletions(request, queryset)

    def _record(self, request: HttpRequest, deed: Deed, obj: Any, message: Any) -> None:
        """Which record and which fields; never their values, which may be anybody's personal data."""
        record(
            by=request.user,
            deed=deed,
            about=f"{obj._meta.label_lower} {obj.pk}",
            values={"fields": _changed_fields(message)},
            address=client_address(request),
        )


class ReadOnlyAdmin(HouseModelAdmin):
    """Records one looks at and never changes here."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _changed_fields(message: Any) -> list[str]:
    if not isinstance(message, list):
        return []
    fields: list[str] = []
    for part in message:
        for said in part.values() if isinstance(part, dict) else []:
            fields += [str(field) for field in said.get("fields", [])]
    return fields
