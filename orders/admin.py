"""The desk's numbers in the administration; approval rules have a page of their own that shows their effect."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from orders.models import DeadlineRule, DeskRule


@admin.register(DeskRule)
class DeskRuleAdmin(admin.ModelAdmin[DeskRule]):
    """One row: changed, never added or removed."""

    list_display = (
        "__str__", "four_eyes_total", "sample_percent", "self_review_total", "completed_after_days",
        "closed_after_days",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DeskRule | None = None) -> bool:
        return False


@admin.register(DeadlineRule)
class DeadlineRuleAdmin(admin.ModelAdmin[DeadlineRule]):
    """Base and minutes per line by channel and customer level; the most exact rule counts."""

    list_display = ("__str__", "channel", "level", "base_minutes", "minutes_per_line", "urgent_minutes")
