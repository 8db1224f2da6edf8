"""The rules of approval as they were changed over two months, each version with the effect that was shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from orders.actions.rules import change_rule
from orders.demo.desk.playing import Scene
from orders.demo.desk.stage import DAY, Desk
from orders.desk.rule_effects import effect_of
from orders.models import ApprovalRule
from staff.actions.notices import read_all_notices

Kind = ApprovalRule.Kind


def rule_scenes(desk: Desk) -> Iterator[tuple[datetime, Scene]]:
    """Rules sharpened, loosened and switched on; and everybody's notices, read in the evening."""
    for days, kind, threshold, is_active in (
        (44.0, Kind.TOTAL, 10000, True),
        (43.6, Kind.DISCOUNT, 20, True),
        (34.2, Kind.DISCOUNT, 25, True),
        (22.8, Kind.QUANTITY, 5, True),
        (22.1, Kind.QUANTITY, 5, False),
        (13.9, Kind.NEW_CUSTOMER, 8000, True),
        (6.2, Kind.TOTAL, 8000, True),
    ):
        yield desk.office.ago(days * DAY), _changed(desk, kind, Decimal(threshold), is_active=is_active)
    yield desk.office.ago(1.2 * DAY), _notices_read(desk)


def _changed(desk: Desk, kind: str, threshold: Decimal, *, is_active: bool) -> Scene:
    rule = ApprovalRule.objects.filter(kind=kind).first()
    if rule is not None:
        change_rule(
            by=desk.person("admin"), rule=rule, version=rule.version, name=rule.name, threshold=threshold,
            is_active=is_active, effect=effect_of(kind, threshold),
        )  # fmt: skip
    yield from ()


def _notices_read(desk: Desk) -> Scene:
    for person in desk.people.users.values():
        read_all_notices(user=person)
    yield from ()
