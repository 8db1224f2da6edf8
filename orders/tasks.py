"""Routine work of the order desk."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from customers.models import Customer
from orders.actions.assign import assign_rows
from orders.actions.complete import close_orders_whose_time_has_come, complete_orders_whose_time_has_come
from orders.actions.late import open_cases_of_late_shipments, tell_of_overdue_orders
from orders.actions.rules import CHANGED, ask_anew
from orders.desk.rule_effects import EFFECT_JOB, effect_of
from orders.errors import OrderError
from orders.importing.preparing import NOT_ALLOWED
from orders.ledger.detector import detect_everywhere
from orders.models import ApprovalRule
from orders.unassigned import Choice
from salesops.jobs.engine import JobRefused, JobRun, job_kind
from staff.roles import Permission

ASSIGNING = gettext_noop("Making orders of waiting lines")
JUDGING = gettext_noop("Judging last month's orders")
MAY_NOT_CHANGE_RULES = gettext_noop("You may not change approval rules.")
NO_SUCH_CUSTOMER = gettext_noop("This customer does not exist any more.")


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


@job_kind("orders.ask_anew", title=_("Hold waiting orders against the changed rules"), queue="fast", seconds=900)
def ask_rules_anew(job_run: JobRun) -> None:
    """After a rule was changed: orders that wait for approval."""
    ask_anew()


@job_kind(EFFECT_JOB, title=_("Effect of an approval rule"), queue="report", seconds=1800)
def show_rule_effect(job_run: JobRun) -> None:
    """Before a rule is changed: what it would have done to last month's orders."""
    asked = job_run.arguments
    if job_run.owner is None or not job_run.owner.may(Permission.ADMINISTER):
        raise JobRefused(MAY_NOT_CHANGE_RULES)
    rule = ApprovalRule.objects.filter(pk=asked["rule"], version=asked["version"]).first()
    if rule is None:
        raise JobRefused(CHANGED)
    threshold = None if asked["threshold"] is None else Decimal(asked["threshold"])
    effect = effect_of(rule.kind, threshold, tell=lambda done, total: job_run.progress(done, total, JUDGING))
    job_run.finish(effect.result(), url=reverse("orders:rule", args=[rule.pk]))


@job_kind("orders.assign", title=_("Give waiting lines to a customer"), queue="import", seconds=1800, keeps_pieces=True)
def assign_waiting_lines(job_run: JobRun) -> None:
    """Make orders of the chosen rows, piece by piece; who asked must still be allowed to.

    What an attempt has made stays when it dies or is stopped; the next one finds the rows that still wait.
    """
    if job_run.owner is None or not job_run.owner.may(Permission.IMPORT_SHEETS):
        raise JobRefused(NOT_ALLOWED)
    customer = Customer.objects.filter(pk=job_run.arguments["customer"]).first()
    if customer is None:
        raise JobRefused(NO_SUCH_CUSTOMER)
    rows = Choice(**job_run.arguments["choice"]).rows(job_run.owner)
    page = reverse("customers:detail", args=[customer.pk])
    if job_run.job.lease_number > 1 and not rows.exists():  # an earlier run ended between its last piece and its end
        job_run.finish(url=page)
        return
    try:
        assign_rows(
            by=job_run.owner,
            rows=rows,
            customer=customer,
            watch=lambda done, total: job_run.progress(done, total, ASSIGNING),
        )
    except OrderError as refusal:
        raise JobRefused(refusal.msgid, refusal.values) from refusal
    job_run.finish(url=page)
