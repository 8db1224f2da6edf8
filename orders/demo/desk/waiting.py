"""What the sample has not shipped: its youngest orders, each brought as far as it stands on the desk today.

Nothing of it leaves the house, so that the sample's own figures stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from orders.actions.clarify import ask_customer
from orders.actions.hold import place_hold
from orders.actions.ship import accept_shipment, pick_shipment, short_shipment
from orders.actions.stock import ask_stock
from orders.actions.trouble import report_trouble
from orders.demo.desk.playing import Scene
from orders.demo.desk.stage import (
    Desk,
    asked_for,
    clerk,
    fresh,
    quantities,
    review,
    row,
    until_confirmed,
    until_entered,
    until_packed,
    until_released,
    verify,
)
from orders.models import Hold, Order, Shipment

RECEIVED = {
    "11077": 18, "11076": 55, "11075": 130, "11074": 170, "11073": 215, "11072": 300, "11071": 370, "11070": 430,
    "11068": 520, "11065": 640,
}  # fmt: skip
"""The youngest of them came in so many working minutes ago; the others on their own day."""


STOPPED: dict[str, tuple[str, str]] = {
    "11051": (Hold.Kind.DOCUMENT, "客户要求随货附检验报告，报告周五出"),
    "11040": (Hold.Kind.CUSTOMER, "客户新店还没开业，说好通知了再发"),
    "11039": (Hold.Kind.QUALITY, "第 3 行到货批次抽检未出结果"),
    "11019": (Hold.Kind.CUSTOMER, "收货仓盘点停收，等客户通知"),
    "11008": (Hold.Kind.CREDIT, "超期 40 天未回款，财务要求暂停发货"),
}
"""What was handed to the warehouse weeks ago and still stands there: why."""


def waiting_scenes(desk: Desk) -> Iterator[tuple[datetime, Scene]]:
    """Where each of the twenty-one stands."""
    waiting = [order for order in desk.history.values() if order.shipped_at is None]
    told = {
        "11075": _asked, "11074": _reviewed, "11073": _entered, "11072": _entered, "11071": _held,
        "11070": _confirmed, "11068": _stock_asked, "11065": _planned, "11062": _planned, "11061": _accepted,
        "11059": _picked, "11058": _packed, "11054": _short, "11045": _late,
    }  # fmt: skip
    for order in waiting:
        if order.source_number in told:
            yield order.received_at, told[order.source_number](desk, order)
        elif order.source_number in STOPPED:
            yield order.received_at, _stopped(desk, order)


def _asked(desk: Desk, order: Order) -> Scene:
    yield 25
    ask_customer(
        by=clerk(order), order=order, question="第 1 行的规格有两种包装，请问要整箱还是散装？交货日期可否顺延一天？"
    )


def _reviewed(desk: Desk, order: Order) -> Scene:
    yield 40
    review(desk, order)


def _entered(desk: Desk, order: Order) -> Scene:
    yield 35
    yield from until_entered(desk, order)


def _held(desk: Desk, order: Order) -> Scene:
    yield 30
    yield from until_entered(desk, order)
    yield 10
    place_hold(by=clerk(order), order=order, kind=Hold.Kind.PRICE, reason="客户说业务员答应了 95 折，等业务员书面确认")
    yield 25
    left, why = "单价与价目表或业务员的书面确认一致", "业务员还没有书面确认，已按价格挂起"
    verify(desk, order, note="已与原件逐行核对，价格待定", left=left, why=why)


def _confirmed(desk: Desk, order: Order) -> Scene:
    yield 30
    yield from until_confirmed(desk, order)


def _stock_asked(desk: Desk, order: Order) -> Scene:
    yield 30
    yield from until_confirmed(desk, order)
    yield desk.till(70)
    ask_stock(
        by=clerk(order), order=fresh(order), lines=quantities(order), text="周五之前能全部发出吗？客户周末做活动。"
    )


def _stopped(desk: Desk, order: Order) -> Scene:
    yield 20
    yield from until_released(desk, order)
    yield 30
    kind, reason = STOPPED[order.source_number]
    place_hold(by=clerk(order), order=fresh(order), kind=kind, reason=reason)


def _planned(desk: Desk, order: Order) -> Scene:
    yield 20
    yield from until_released(desk, order)
    yield desk.till(45)
    asked_for(desk, order)


def _accepted(desk: Desk, order: Order) -> Scene:
    yield 20
    yield from until_released(desk, order)
    yield desk.till(160)
    shipment = asked_for(desk, order)
    yield 30
    accept_shipment(by=desk.keeper, shipment=shipment)


def _picked(desk: Desk, order: Order) -> Scene:
    yield from _accepted(desk, order)
    yield 50
    pick_shipment(by=desk.keeper, shipment=Shipment.objects.get(order=order))


def _packed(desk: Desk, order: Order) -> Scene:
    yield 20
    yield from until_released(desk, order)
    yield desk.till(260)
    yield from until_packed(desk, asked_for(desk, order))


def _short(desk: Desk, order: Order) -> Scene:
    yield 20
    yield from until_released(desk, order)
    yield desk.till(330)
    shipment = asked_for(desk, order)
    yield 40
    first = row(order, 1)
    short_shipment(by=desk.keeper, shipment=shipment, available={first: first.quantity}, note="其余的下周二到货")


def _late(desk: Desk, order: Order) -> Scene:
    yield 20
    yield from until_released(desk, order)
    yield desk.till(900)
    shipment = asked_for(desk, order)
    yield from until_packed(desk, shipment)
    yield desk.till(95)
    report_trouble(by=desk.keeper, shipment=shipment, trouble=Shipment.Trouble.LATE, note="承运车辆抛锚，改明早装车")
