"""Work that waits, as much of it as one wants: for measuring the lists of those who do it."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from orders.models import Approval, ApprovalRule, Order, Request, Shipment, ShipmentLine, StockQuestion
from orders.status import Fulfilment, Status
from staff.models import User
from staff.roles import Role

_BATCH = 2000


def make_open_work(*, amount: int) -> None:
    """So many requests that nobody took, orders that wait for approval, shipments to pick and questions to answer."""
    if not amount:
        return
    _person("approver", Role.APPROVER)
    _person("warehouse", Role.WAREHOUSE)
    clerk = User.objects.get(username="clerk0")
    with transaction.atomic():
        _requests(amount)
        _approvals(amount)
        _warehouse(amount, clerk)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")


def _person(username: str, role: Role) -> None:
    if not User.objects.filter(username=username).exists():
        User.objects.create_user(username, roles=(role,), display_name=str(role.label))


def _requests(amount: int) -> None:
    begun, now = Request.objects.count(), timezone.now()
    customers = Order.objects.order_by("pk").values_list("customer_id", "team_id")[:amount]
    Request.objects.bulk_create(
        (
            Request(
                number=f"RQ-V{begun + place:07d}",
                channel=Order.Channel.MAIL,
                customer_id=customer,
                team_id=team,
                sender_name="采购部",
                subject=f"采购单 {place}",
                body="请按附件报价并尽快安排发货",
                received_at=now - timedelta(minutes=place),
                due_at=now + timedelta(minutes=place % 900 - 60),
            )
            for place, (customer, team) in enumerate(customers)
        ),
        batch_size=_BATCH,
    )


def _approvals(amount: int) -> None:
    rule = ApprovalRule.objects.get(kind=ApprovalRule.Kind.TOTAL)
    ids = _opened(Status.PENDING_APPROVAL, amount)
    finding = {"kind": rule.kind, "values": {"total": "250000", "limit": "200000"}, "rows": []}
    Approval.objects.bulk_create(
        (Approval(order_id=pk, rule=rule, rule_version=1, finding=finding, inputs_hash="") for pk in ids),
        batch_size=_BATCH,
    )


def _warehouse(amount: int, clerk: User) -> None:
    begun = Shipment.objects.count()
    released = _opened(Status.RELEASED, amount)
    shipments = Shipment.objects.bulk_create(
        (
            Shipment(number=f"SH-V{begun + place:07d}", order_id=pk, requested_by=clerk)
            for place, pk in enumerate(released)
        ),
        batch_size=_BATCH,
    )
    of_order = {shipment.order_id: shipment for shipment in shipments}
    lines = Order.objects.filter(pk__in=released).values_list("pk", "lines__pk", "lines__quantity")
    ShipmentLine.objects.bulk_create(
        (ShipmentLine(shipment=of_order[pk], line_id=line, quantity=quantity) for pk, line, quantity in lines),
        batch_size=_BATCH,
    )
    confirmed = _opened(Status.CONFIRMED, amount)
    StockQuestion.objects.bulk_create(
        (StockQuestion(order_id=pk, asked_by=clerk, text="周五前能发货吗") for pk in confirmed), batch_size=_BATCH
    )


def _opened(state: Status, amount: int) -> list[int]:
    """Orders that were over stand in this state again, with a deadline."""
    over = Order.objects.filter(state=Status.COMPLETED).order_by("pk")
    ids = list(over.values_list("pk", flat=True)[:amount])
    due_at = timezone.now() + timedelta(hours=2)
    Order.objects.filter(pk__in=ids).update(state=state, due_at=due_at, fulfilment=Fulfilment.NONE, shipped_at=None)
    return ids
