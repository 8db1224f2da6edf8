"""The audit trail, to read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from salesops.audit.deeds import Deed
from salesops.audit.models import AuditEntry
from salesops.web.admin_listing import ReadOnlyAdmin


class DeedFilter(admin.SimpleListFilter):
    """By deed, with the words people know."""

    title = _("deed")
    parameter_name = "deed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Deed.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(deed=self.value()) if self.value() in Deed.values else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "by", "what", "about", "address")
    list_filter = (DeedFilter,)
    list_select_related = ("by",)
    search_fields = ("^about", "=by__username")
    search_help_text = _("Beginning of what it is about, or an account name")
    fields = ("at", "by", "what", "about", "address", "values", "previous_hash", "own_hash")
    readonly_fields = fields
    ordering = ("-id",)

    @admin.display(description=_("deed"), ordering="deed")
    def what(self, entry: AuditEntry) -> str:
        """The deed in the reader's language."""
        return entry.deed_label
