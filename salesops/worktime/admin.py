"""Weeks and calendar days, changed by administrators."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from salesops.worktime.models import CalendarDay, WeekInterval, WeekTemplate
from salesops.worktime.queries import forget_clock


class ForgetsClock:
    """After any change the next question reads the calendar anew."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        transaction.on_commit(forget_clock)
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        transaction.on_commit(forget_clock)
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        transaction.on_commit(forget_clock)
        return super().log_deletions(request, queryset)  # type: ignore[misc]


class WeekIntervalInline(admin.TabularInline[WeekInterval, WeekTemplate]):
    model = WeekInterval
    extra = 1


@admin.register(WeekTemplate)
class WeekTemplateAdmin(ForgetsClock, admin.ModelAdmin[WeekTemplate]):
    list_display = ("name", "time_zone", "is_default")
    inlines = (WeekIntervalInline,)


@admin.register(CalendarDay)
class CalendarDayAdmin(ForgetsClock, admin.ModelAdmin[CalendarDay]):
    list_display = ("date", "kind", "name", "source")
    list_filter = ("kind",)
    date_hierarchy = "date"
    search_fields = ("name",)
