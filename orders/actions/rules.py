"""Changing an approval rule: a new version with the effect that was shown; open approvals are asked anew."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from orders.desk.rule_effects import Effect
from orders.errors import OrderError
from orders.models import ApprovalRule, ApprovalRuleVersion
from orders.snapshots import plain_value
from orders.words import clean_text
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User


@transaction.atomic
def change_rule(
    *, by: User, rule: ApprovalRule, version: int, name: str, threshold: Decimal | None, is_active: bool, effect: Effect
) -> ApprovalRule:
    """Write the rule's next version; approvals asked or granted under the last one no longer count.

    OrderError when somebody changed it since ``version``. The same content again changes nothing.
    """
    if not by.may(Permission.ADMINISTER):
        raise PermissionDenied
    name = clean_text(name, "name", most=80)
    rule = ApprovalRule.objects.select_for_update().get(pk=rule.pk)
    if rule.version != version:
        raise OrderError(gettext_noop("Somebody changed this rule in the meantime. Look at it again."))
    if (rule.name, rule.threshold, rule.is_active) == (name, threshold, is_active):
        return rule
    rule.name, rule.threshold, rule.is_active = name, threshold, is_active
    rule.version += 1
    rule.changed_at, rule.changed_by = timezone.now(), by
    rule.save()
    content = {"name": name, "threshold": plain_value(threshold), "is_active": is_active}
    ApprovalRuleVersion.objects.create(rule=rule, version=rule.version, content=content, effect=effect.content(), by=by)
    return rule
