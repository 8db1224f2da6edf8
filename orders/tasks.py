"""Routine work of the order desk."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from orders.actions.complete import close_orders_whose_time_has_come, complete_orders_whose_time_has_come
from orders.actions.late import open_cases_of_late_shipments, tell_of_overdue_orders
from orders.ledger.detector import detect_everywhere
from salesops.jobs.engine import JobRun, job_kind


@job_kind(
    "orders.detect_errors", title=_("Look for corrected fields"), queue="fast", seconds=900, every=timedelta(days=1)
)
def detect_errors(job_run: JobRun) -> None:
    """Once a day: what the look at each save missed (a worker that was away, a rule that changed)."""
    detect_everywhere()


@job_kind(
    "orders.complete", title=_("Complete orders that have arrived"), queue="fast", seconds=900, every=timedelta(hours=1)
)
def complete_orders(job_run: JobRun) -> None:
    """Every hour: orders whose shipments count as signed for, and orders that are settled for good."""
    complete_orders_whose_time_has_come()
    close_orders_whose_time_has_come()


@job_kind("orders.late", title=_("Look for what runs late"), queue="fast", seconds=900, every=timedelta(minutes=30))
def find_late(job_run: JobRun) -> None:
    """Every half hour: shipments past their promised day, orders past their deadline."""
    open_cases_of_late_shipments()
    tell_of_overdue_orders()
