"""Errors of two months and how each was caught: by the verifier, a colleague, the warehouse, or its maker in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from orders.actions.errors import dispute_error, judge_error, rule_error
from orders.actions.release import release_order
from orders.actions.trouble import Fault, bounce_from_warehouse
from orders.actions.verify import FaultFound, bounce_order
from orders.demo.desk.changes import amended
from orders.demo.desk.playing import Scene
from orders.demo.desk.stage import (
    DAY,
    Desk,
    Rows,
    Steps,
    asked_for,
    clerk,
    edited,
    fresh,
    row,
    to_the_end,
    until_entered,
    until_released,
    until_signed,
)
from orders.ledger.detector import detect_in_order
from orders.models import Amendment, ErrorEvent, Order

Cause = ErrorEvent.Cause


@dataclass(frozen=True)
class Slip:
    """One wrong value of one order: row 0 is the header; ``right`` is what stands there afterwards."""

    days: float
    customer: str
    rows: Rows
    position: int
    name: str
    right: str
    note: str = ""
    cause: str = Cause.FATIGUE
    minutes: int = 10
    prevention: str = ""
    header: dict[str, Any] = field(default_factory=dict)


BOUNCED = (
    Slip(41.2, "ANTON", ((12, "24"), (2, "40")), 1, "quantity", "42", "数量看反了，原件是 42"),
    Slip(37.6, "FISSA", ((20, "15"), (7, "20")), 1, "unit_price", "80.10", "应为协议价", Cause.MASTER_DATA, 15,
         "协议价录入价目表"),
    Slip(33.1, "BERGS", ((1, "60"), (19, "30"), (25, "24")), 2, "product_code", "SP3021", "客户要司康饼", minutes=20),
    Slip(28.4, "CHOPS", ((4, "36"),), 0, "requested_on", "+3", "交货日期抄错一行"),
    Slip(23.7, "ALFKI", ((18, "12"), (10, "10")), 0, "customer_po", "ALF-2207", "漏填客户 PO", Cause.SOP_UNKNOWN, 5,
         "录单清单加一条:PO 必填"),
    Slip(18.3, "GODOS", ((22, "50"), (23, "100")), 2, "quantity", "10", "多写了一个零"),
    Slip(12.6, "BLONP", ((15, "48"), (3, "36")), 1, "discount", "0.05", "订单上写明 95 折"),
    Slip(7.5, "LACOR", ((6, "20"), (8, "20")), 2, "quantity", "12", "两行数量串行"),
    Slip(3.4, "DUMON", ((16, "25"),), 0, "ship_to_phone", "13800002299", "收货电话少一位", minutes=8),
)  # fmt: skip
BY_COLLEAGUE = (
    Slip(39.0, "BSBEV", ((2, "80"), (1, "20")), 1, "quantity", "60"),
    Slip(26.2, "KOENE", ((14, "30"),), 0, "requested_on", "+2", cause=Cause.SOURCE_UNCLEAR),
    Slip(16.8, "FRANR", ((21, "40"), (19, "24")), 2, "product_code", "SP3016"),
    Slip(5.6, "ISLAT", ((13, "55"), (18, "6")), 1, "quantity", "35", cause=Cause.SOURCE_UNCLEAR),
)
BY_ITS_MAKER = (
    Slip(30.5, "HUNGO", ((25, "18"),), 1, "quantity", "81"),
    Slip(9.2, "GALED", ((11, "10"), (12, "16")), 2, "quantity", "61"),
)
BY_WAREHOUSE = (
    Slip(35.3, "CONSH", ((7, "24"), (14, "20")), 0, "ship_to", "上海市浦东新区张杨路 3611 号 B1 收货口",
         "司机到了原地址，店已搬走", Cause.MASTER_DATA, 90, "改客户默认地址"),
    Slip(20.9, "FOLIG", ((18, "15"),), 1, "quantity", "5", "整托 15 包装不下冷柜，与客户核实只要 5 包", minutes=40),
    Slip(10.4, "EASTC", ((3, "48"), (4, "24")), 0, "ship_to_phone", "13918880021", "收货电话是空号",
         Cause.SOURCE_UNCLEAR, 25),
)  # fmt: skip


def mistake_scenes(desk: Desk) -> Iterator[tuple[datetime, Scene]]:
    """All of them, by the day the order came in."""
    for told, scene in (
        (BOUNCED, _bounced), (BY_COLLEAGUE, _by_colleague), (BY_ITS_MAKER, _by_its_maker), (BY_WAREHOUSE, _by_warehouse)
    ):  # fmt: skip
        for slip in told:
            yield desk.office.ago(slip.days * DAY), scene(desk, slip)
    yield desk.office.ago(6.5 * DAY), _disputes(desk)


def _entered(desk: Desk, slip: Slip) -> Steps:
    order = desk.order_in(slip.customer, slip.rows, **slip.header)
    yield 14
    yield from until_entered(desk, order)
    yield 17
    return fresh(order)


def _right_of(order: Order, slip: Slip) -> str:
    """The right value in full: a day is told as so many days later."""
    if slip.right.startswith("+") and order.requested_on is not None:
        return date.fromordinal(order.requested_on.toordinal() + int(slip.right)).isoformat()
    return slip.right


def _put_right(desk: Desk, order: Order, slip: Slip) -> tuple[dict[int, dict[str, Any]], dict[str, Any]]:
    """Rows and header that the correction changes."""
    right = _right_of(order, slip)
    if not slip.position:
        return {}, {slip.name: date.fromisoformat(right) if slip.name == "requested_on" else right}
    if slip.name == "product_code":
        product = next(each for each in desk.products.values() if each.code == right)
        return {slip.position: {"product": product, "unit_price": None}}, {}
    return {slip.position: {slip.name: Decimal(right)}}, {}


def _bounced(desk: Desk, slip: Slip) -> Scene:
    order = yield from _entered(desk, slip)
    line = row(order, slip.position) if slip.position else None
    fault = FaultFound(line, slip.name, _right_of(order, slip))
    events = bounce_order(by=desk.reviewer, order=order, faults=[fault], note=slip.note)
    yield 16
    changed, header = _put_right(desk, order, slip)
    edited(order, clerk(order), changed, **header)
    yield 9
    _judge(desk, events, slip)
    yield from to_the_end(desk, order)


def _by_colleague(desk: Desk, slip: Slip) -> Scene:
    order = yield from _entered(desk, slip)
    other = desk.person("he") if clerk(order) == desk.person("lin") else desk.person("lin")
    changed, header = _put_right(desk, order, slip)
    edited(order, desk.manager if order.team == desk.person("zhou").team else other, changed, **header)
    events = detect_in_order(order.pk)
    yield 30
    _judge(desk, events, slip)
    yield from to_the_end(desk, order)


def _by_its_maker(desk: Desk, slip: Slip) -> Scene:
    order = yield from _entered(desk, slip)
    changed, header = _put_right(desk, order, slip)
    edited(order, clerk(order), changed, **header)
    detect_in_order(order.pk)
    yield 10
    yield from to_the_end(desk, order)


def _by_warehouse(desk: Desk, slip: Slip) -> Scene:
    order = desk.order_in(slip.customer, slip.rows, **slip.header)
    yield 14
    yield from until_released(desk, order)
    yield 12
    asked_for(desk, order)
    yield 60
    order = fresh(order)
    line = row(order, slip.position) if slip.position else None
    before = set(order.errors.values_list("pk", flat=True))
    fault = Fault(slip.name, _right_of(order, slip), line)
    bounce_from_warehouse(by=desk.keeper, order=order, faults=[fault], note=slip.note)
    yield 30
    _judge(desk, list(order.errors.exclude(pk__in=before)), slip)
    changed, header = _put_right(desk, order, slip)
    yield from amended(desk, order, Amendment.Cause.CUSTOMER_CHANGE, f"与客户核实:{slip.note}", changed, header)
    yield 15
    release_order(by=clerk(order), order=fresh(order), waived_reason="仓库已问过，数量有货")
    yield 20
    yield from until_signed(desk, asked_for(desk, order))


def _judge(desk: Desk, events: Sequence[ErrorEvent], slip: Slip) -> None:
    """The reviewer, or the manager, writes down why it happened and what it took."""
    for event in events:
        by = desk.reviewer if event.caught_by == desk.reviewer else desk.manager
        cost = Decimal(180) if event.origin == ErrorEvent.Origin.WAREHOUSE else None
        judge_error(
            by=by, error=event, version=event.version, cause=slip.cause, cost_minutes=slip.minutes, cost=cost,
            prevention=slip.prevention,
        )  # fmt: skip


def _disputes(desk: Desk) -> Scene:
    """Two clerks do not agree: one is right, one is not; a third waits for its ruling."""
    found = ErrorEvent.objects.filter(is_near_miss=False, made_by__in=desk.people.clerks)
    bounced = found.filter(origin=ErrorEvent.Origin.VERIFICATION).order_by("-caught_at")
    price = bounced.get(field="discount")
    zero = bounced.filter(field="quantity", right_value="10").get()
    for event, reason in (
        (price, "客户邮件里没有写折扣，95 折是后来电话里说的，录入时没有依据。"),
        (zero, "原件就是 100,是客户后来改的。"),
    ):
        if event.made_by is not None:
            dispute_error(by=event.made_by, error=event, reason=reason)
        yield 12
    yield 200
    rule_error(by=desk.manager, error=price, upheld=False, ruling="查了电话录音，折扣是录入之后才谈的，撤销。")
    yield 20
    rule_error(by=desk.manager, error=zero, upheld=True, ruling="扫描件上清楚写着 10,维持。")
    yield desk.till(200)
    last = bounced.filter(dispute=ErrorEvent.Dispute.NONE).first()
    if last is not None and last.made_by is not None:
        dispute_error(by=last.made_by, error=last, reason="收货电话是从客户档案带出来的，不是我录的。")
