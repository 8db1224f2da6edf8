"""What comes to light afterwards: invoices that customers sent back, and samples of what was entered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from orders.actions.audits import AUDITED_HEADER, AuditFault, compare_audited, draw_audit
from orders.actions.errors import judge_error, may_judge
from orders.actions.invoices import InvoiceFault, record_returned_invoice
from orders.demo.desk.playing import Scene
from orders.demo.desk.stage import DAY, Desk, clerk, fresh, row
from orders.desk.comparing import sight_of_source, sources_of
from orders.desk.guards import INVOICED_STATES, check_audit
from orders.errors import OrderError
from orders.models import AuditedOrder, ErrorEvent, Order
from salesops.numbering.numbers import house_day
from staff.models import User

Cause = ErrorEvent.Cause


def looking_back_scenes(desk: Desk) -> Iterator[tuple[datetime, Scene]]:
    """Two invoices that came back; one sample that is compared to the end, one that is being compared."""
    yield desk.office.ago(19.3 * DAY), _invoice_back(desk, "SEVES", 1, "tax_rate", "9")
    yield desk.office.ago(4.6 * DAY), _invoice_back(desk, "SPLIR", 0, "profile_account", "622200112233")
    yield desk.office.ago(13.1 * DAY), _sample(desk, size=12, days=28, leave=0)
    yield desk.office.ago(1.2 * DAY), _sample(desk, size=20, days=28, leave=6)


def _invoice_back(desk: Desk, customer: str, position: int, field: str, right: str) -> Scene:
    own = Order.objects.filter(customer=desk.customers[customer], state__in=INVOICED_STATES)
    order = fresh(own.latest("pk"))
    by_record = not position
    errors = record_returned_invoice(
        by=clerk(order),
        order=order,
        invoice_number=f"2633200000012{order.pk:07d}",
        faults=[
            InvoiceFault(
                row(order, position) if position else None,
                field,
                right,
                Cause.MASTER_DATA if by_record else Cause.DEFAULT,
            )
        ],
        note="对方财务退票：银行账号没有印" if by_record else "税率印错，要求红冲重开",
    )
    yield 40
    for error in (each for each in errors if may_judge(desk.manager, each)):
        judge_error(
            by=desk.manager, error=error, version=error.version, cost_minutes=45, prevention="开票前核对开票信息"
        )


def _sample(desk: Desk, *, size: int, days: int, leave: int) -> Scene:
    """The manager draws, the reviewer compares what she did not pass herself; one order is not as the customer said."""
    # Until yesterday: the sample's own history goes on later today.
    last = house_day() - timedelta(days=1)
    audit = draw_audit(by=desk.manager, first=last - timedelta(days=days), last=last, size=size)
    places = audit.orders.select_related("order__customer", "order__invoice_profile").order_by("place")
    has_fault = False
    for place in list(places)[: audit.size - leave]:
        yield 6
        order = fresh(place.order)
        by = next((each for each in (desk.reviewer, desk.manager) if _may(order, each)), None)
        if by is None:
            continue
        faults = [] if has_fault or not order.requested_on else [_a_day_late(place)]
        has_fault = has_fault or bool(faults)
        compare_audited(
            by=by,
            place=place,
            compared=list(AUDITED_HEADER),
            faults=faults,
            sight=sight_of_source(order, sources_of(order)),
            note="与电话录音和邮件核对",
        )


def _may(order: Order, by: User) -> bool:
    try:
        check_audit(order, by)
    except OrderError:
        return False
    return True


def _a_day_late(place: AuditedOrder) -> AuditFault:
    day = place.order.requested_on
    return AuditFault(None, "requested_on", "" if day is None else (day - timedelta(days=1)).isoformat())
