"""The desk's rules as a new database has them."""

from decimal import Decimal
from typing import Any

APPROVAL_RULES = (
    ("below_floor", Decimal(0), True),
    ("discount", Decimal(15), False),
    ("margin", Decimal(5), False),
    ("credit", Decimal(100), True),
    ("overdue", Decimal(1), False),
    ("new_customer", Decimal(20000), False),
    ("duplicate_po", None, True),
    ("quantity", Decimal(3), False),
    ("total", Decimal(200000), True),
)


def sow(apps: Any, _editor: Any) -> None:
    """Make what is missing; run again it changes nothing."""
    if not apps.get_model("orders", "DeskRule").objects.exists():
        apps.get_model("orders", "DeskRule").objects.create()
    apps.get_model("orders", "DeadlineRule").objects.get_or_create(channel="", level="")
    rules, versions = apps.get_model("orders", "ApprovalRule"), apps.get_model("orders", "ApprovalRuleVersion")
    for kind, threshold, is_active in APPROVAL_RULES:
        if rules.objects.filter(kind=kind).exists():
            continue
        rule = rules.objects.create(kind=kind, name="", threshold=threshold, is_active=is_active)
        content = {"threshold": None if threshold is None else str(threshold), "is_active": is_active, "name": ""}
        versions.objects.create(rule=rule, version=1, content=content)
