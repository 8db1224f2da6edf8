"""Changing an approval rule: its effect is shown, then a new version is written; open approvals are asked anew."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from orders.actions.approve import settle_order
from orders.actions.locks import lock_order
from orders.desk.rule_effects import EFFECT_JOB, Effect, effect_asked
from orders.errors import OrderError
from orders.models import ApprovalRule, ApprovalRuleVersion, Order
from orders.snapshots import plain_value
from orders.status import Status
from orders.words import clean_text
from salesops.jobs.engine import ask_to_stop, enqueue
from salesops.jobs.models import Job
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User


CHANGED = gettext_noop("Somebody changed this rule in the meantime. Look at it again.")


@transaction.atomic
def ask_effect(
    *, by: User, rule: ApprovalRule, version: int, name: str, threshold: Decimal | None, is_active: bool
) -> Job:
    """Have last month's orders judged by the rule as it would be, in a job of their own.

    What this person asked of the rule before and still waits for comes back if it is the same, and is stopped if not.
    OrderError when somebody changed the rule since ``version``.
    """
    if not by.may(Permission.ADMINISTER):
        raise PermissionDenied
    rule = ApprovalRule.objects.select_for_update().get(pk=rule.pk)
    if rule.version != version:
        raise OrderError(CHANGED)
    arguments = {
        "rule": rule.pk, "version": version, "name": name, "threshold": plain_value(threshold), "is_active": is_active,
    }  # fmt: skip
    before = effect_asked(by, rule)
    if before is not None and before.state in (Job.State.QUEUED, Job.State.RUNNING):
        if before.arguments == arguments and not before.cancel_asked:
            return before
        ask_to_stop(before)
    return enqueue(EFFECT_JOB, arguments=arguments, owner=by, title=_("Effect of the rule: %(rule)s") % {"rule": rule})


@transaction.atomic
def change_rule(
    *, by: User, rule: ApprovalRule, version: int, name: str, threshold: Decimal | None, is_active: bool, effect: Effect
) -> ApprovalRule:
    """Write the rule's next version; approvals asked or granted under the last one no longer count.

    Orders that wait are held against the rules as they are now, soon after (``ask_anew``). OrderError when somebody
    changed it since ``version``. The same content again changes nothing.
    """
    if not by.may(Permission.ADMINISTER):
        raise PermissionDenied
    name = clean_text(name, "name", most=80)
    rule = ApprovalRule.objects.select_for_update().get(pk=rule.pk)
    if rule.version != version:
        raise OrderError(CHANGED)
    if (rule.name, rule.threshold, rule.is_active) == (name, threshold, is_active):
        return rule
    is_heard = is_active or rule.is_active
    rule.name, rule.threshold, rule.is_active = name, threshold, is_active
    rule.version += 1
    rule.changed_at, rule.changed_by = timezone.now(), by
    rule.save()
    content = {"name": name, "threshold": plain_value(threshold), "is_active": is_active}
    ApprovalRuleVersion.objects.create(rule=rule, version=rule.version, content=content, effect=effect.content(), by=by)
    if is_heard:
        enqueue("orders.ask_anew", arguments={}, owner=None)
    return rule


def ask_anew() -> int:
    """Hold every order that waits for approval against the rules of today; answers how many wait no longer.

    Where a rule no longer fires its approval is void, and an order on which none does is confirmed.
    """
    waiting = Order.objects.filter(state=Status.PENDING_APPROVAL).order_by("pk")
    return sum(_settle(Order(pk=pk, customer_id=customer)) for pk, customer in waiting.values_list("pk", "customer_id"))


@transaction.atomic
def _settle(order: Order) -> bool:
    order = lock_order(order)
    if order.state != Status.PENDING_APPROVAL:
        return False
    return settle_order(by=None, order=order).state != Status.PENDING_APPROVAL
