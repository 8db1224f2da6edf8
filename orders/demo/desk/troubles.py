"""Orders that do not go straight: held, waiting for approval, refused, called off, shipped in part, lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from orders.actions.approve import decide_approval
from orders.actions.cancel import CancelReason, RejectReason, Side, cancel_order, reject_order
from orders.actions.hold import place_hold, release_hold
from orders.actions.release import close_order, release_order
from orders.actions.ship import deliver_shipment
from orders.actions.stock import LineAnswer, answer_stock, ask_stock
from orders.actions.trouble import report_trouble, settle_trouble
from orders.demo.desk.playing import Scene
from orders.demo.desk.stage import (
    DAY,
    Desk,
    Rows,
    asked_for,
    clerk,
    edited,
    fresh,
    plain,
    quantities,
    settled,
    to_the_end,
    until_confirmed,
    until_entered,
    until_gone,
    until_released,
    until_signed,
    verify,
)
from orders.models import Approval, Hold, Order, Shipment, StockQuestion
from orders.status import Status
from salesops.numbering.numbers import house_day


def trouble_scenes(desk: Desk) -> Iterator[tuple[datetime, Scene]]:
    """Everything that stands in the way of an order, solved or not; and some orders nothing happens to."""
    told: list[tuple[float, Scene]] = [
        (40.1, _closed(desk)), (17.2, _closed(desk, "SPLIR")), (31.4, _rejected(desk)), (2.2, _rejected(desk, "EASTC")),
        (21.6, _cancelled(desk, "FOLKO", Side.CUSTOMER, CancelReason.CHANGED_MIND, "客户门店装修，取消")),
        (3.8, _cancelled(desk, "LAMAI", Side.US, CancelReason.DUPLICATE, "与昨天的电话单重复")),
        (9.9, _decided(desk)), (0.75, _credit_held(desk)), (5.2, _hold_released(desk)),
        (0.62, _waits(desk, "BLONP", ((20, "220"), (18, "90")))),
        (0.4, _waits(desk, "FISSA", ((20, "160"), (8, "60")))),
        (0.3, _waits(desk, "CHOPS", ((6, "20"),), unit_price="15")),
        (0.35, _same_po(desk)), (15.5, _sent_back_by_approver(desk)),
        (6.4, _part_shipped(desk)), (7.7, _lost(desk)), (12.8, _damaged(desk)), (5.5, _late(desk)),
        (3.1, _on_the_way(desk, "KOENE", ((4, "24"), (15, "24")))), (2.6, _on_the_way(desk, "MAISD", ((2, "36"),))),
        (4.9, _delivered(desk)), (0.5, _stock_asked(desk, "LONEP", ((10, "30"), (18, "8")))),
        (1.1, _stock_later(desk)), (0.27, _urgent(desk)),
        *((days, plain(desk, customer, rows)) for days, customer, rows in PLAIN),
    ]  # fmt: skip
    return ((desk.office.ago(days * DAY), scene) for days, scene in told)


PLAIN: tuple[tuple[float, str, Rows], ...] = (
    (36.2, "WARTH", ((1, "20"), (2, "20"))), (27.3, "TOMSP", ((25, "36"),)), (24.4, "SEVES", ((12, "14"), (22, "20"))),
    (11.9, "VICTE", ((7, "18"),)), (8.8, "WELLI", ((16, "30"), (21, "20"))),
)  # fmt: skip


def _closed(desk: Desk, customer: str = "SIMOB") -> Scene:
    order = desk.order_in(customer, ((2, "45"), (19, "20")))
    yield 14
    yield from to_the_end(desk, order, with_photo=True)
    yield 5 * DAY
    close_order(by=desk.manager, order=fresh(order), written_off="款已到账，尾差 0.40 元抹平")


def _rejected(desk: Desk, customer: str = "PERIC") -> Scene:
    order = desk.order_in(customer, ((18, "90"),), channel=Order.Channel.MESSENGER)
    yield 35
    note = "客户要求冷链当日达，我们送不到" if customer == "PERIC" else "要的是贴牌产品，我们不做"
    reason = RejectReason.NO_STOCK if customer == "PERIC" else RejectReason.NOT_OURS
    reject_order(by=desk.manager, order=fresh(order), reason=reason, note=note)


def _cancelled(desk: Desk, customer: str, side: Side, reason: CancelReason, note: str) -> Scene:
    order = desk.order_in(customer, ((3, "24"), (21, "36")))
    yield 14
    yield from until_confirmed(desk, order)
    yield 70
    cancel_order(by=desk.manager, order=fresh(order), side=side, reason=reason, note=note)


def _waits(desk: Desk, customer: str, rows: Rows, unit_price: str = "") -> Scene:
    """Verified by a second person; a rule wants somebody with more authority, who has not looked yet."""
    order = desk.order_in(customer, rows)
    if unit_price:
        yield from _priced(order, unit_price)
    yield 14
    yield from until_entered(desk, order)
    yield 15
    next(settled(desk, order), None)


def _priced(order: Order, unit_price: str) -> Scene:
    from_list = fresh(order)
    edited(from_list, clerk(from_list), {1: {"unit_price": Decimal(unit_price)}})
    yield 3


def _same_po(desk: Desk) -> Scene:
    """The same customer PO a second time within an hour: the rule asks whether it is the same order."""
    first = desk.order_in("LINOD", ((15, "24"),), customer_po="LND-1187")
    yield 12
    yield from until_confirmed(desk, first)
    yield 20
    second = desk.order_in("LINOD", ((15, "24"), (3, "12")), customer_po="LND-1187", channel=Order.Channel.WEB)
    yield 14
    yield from until_entered(desk, second)
    yield 10
    next(settled(desk, second), None)


def _decided(desk: Desk) -> Scene:
    order = desk.order_in("QUICK", ((20, "90"), (18, "60")), channel=Order.Channel.CRM)
    yield 18
    yield from to_the_end(desk, order, with_photo=True)


def _sent_back_by_approver(desk: Desk) -> Scene:
    """Not approved at that price; entered anew at the agreed one, then it goes its way."""
    order = desk.order_in("RATTC", ((12, "30"), (11, "20")))
    yield from _priced(order, "25")
    yield 14
    yield from until_entered(desk, order)
    yield 15
    next(settled(desk, order), None)
    yield 35
    waiting = order.approvals.filter(state=Approval.State.OPEN).first()
    if waiting is not None:
        decide_approval(by=desk.manager, approval=waiting, grant=False, reason="低于底价，没有特价申请单，按标准价重录")
        yield 20
        edited(order, clerk(order), {1: {"unit_price": Decimal(38)}})
        yield 12
    yield from to_the_end(desk, order)


def _credit_held(desk: Desk) -> Scene:
    order = desk.order_in("ERNSH", ((7, "60"), (14, "40")))
    yield 14
    yield from until_entered(desk, order)
    yield 8
    place_hold(by=desk.manager, order=fresh(order), kind=Hold.Kind.CREDIT, reason="上月货款 3.2 万未到，财务要求先回款")
    yield 12
    verify(desk, order, note="单据无误，等信用放行")


def _hold_released(desk: Desk) -> Scene:
    order = desk.order_in("WANDK", ((4, "40"), (6, "20")))
    yield 14
    yield from until_entered(desk, order)
    yield 8
    hold = place_hold(by=clerk(order), order=fresh(order), kind=Hold.Kind.CREDIT, reason="额度只剩 800,等回款")
    yield 10
    verify(desk, order)
    yield 160
    release_hold(by=desk.manager, hold=hold, note="回款 2 万已到账")
    yield 20
    if fresh(order).approvals.filter(state=Approval.State.OPEN).exists():
        yield from settled(desk, order)
    yield from _released_from_confirmed(desk, order)


def _released_from_confirmed(desk: Desk, order: Order) -> Scene:
    yield 5
    if fresh(order).state == Status.CONFIRMED:
        release_order(by=clerk(order), order=fresh(order), waived_reason="常备货，现货充足")
        yield 15
        yield from until_signed(desk, asked_for(desk, order))


def _part_shipped(desk: Desk) -> Scene:
    order = desk.order_in("SUPRD", ((1, "60"), (13, "40"), (18, "10")))
    yield 14
    yield from until_released(desk, order)
    yield 20
    yield from until_signed(desk, asked_for(desk, order, Decimal("0.5")), with_photo=True)


def _lost(desk: Desk) -> Scene:
    order = desk.order_in("TORTU", ((2, "30"), (21, "24")))
    yield 14
    yield from until_released(desk, order)
    yield 20
    shipment = asked_for(desk, order)
    yield from until_gone(desk, shipment)
    yield desk.till(1.6 * DAY)
    lost = "物流三天没有更新，承运商确认中转站丢件"
    report_trouble(by=desk.keeper, shipment=shipment, trouble=Shipment.Trouble.LOST, note=lost)


def _damaged(desk: Desk) -> Scene:
    order = desk.order_in("VAFFE", ((8, "24"), (6, "24")))
    yield 14
    yield from until_released(desk, order)
    yield 20
    shipment = asked_for(desk, order)
    yield from until_gone(desk, shipment)
    yield 2 * DAY
    case = report_trouble(by=desk.keeper, shipment=shipment, trouble=Shipment.Trouble.DAMAGED, note="两箱进水")
    yield 200
    settle_trouble(by=clerk(order), case=case, outcome="承运商赔付，整单退回重发", ship_again=True)
    yield 60
    yield from until_signed(desk, asked_for(desk, order), with_photo=True)


def _late(desk: Desk) -> Scene:
    order = desk.order_in("PICCO", ((10, "16"), (13, "20")))
    yield 14
    yield from until_released(desk, order)
    yield 20
    shipment = asked_for(desk, order)
    yield from until_gone(desk, shipment)
    yield desk.till(230)
    report_trouble(by=desk.keeper, shipment=shipment, trouble=Shipment.Trouble.LATE, note="高速封路，预计晚两天到")


def _on_the_way(desk: Desk, customer: str, rows: Rows) -> Scene:
    order = desk.order_in(customer, rows)
    yield 14
    yield from until_released(desk, order)
    yield desk.till(420)
    yield from until_gone(desk, asked_for(desk, order))


def _delivered(desk: Desk) -> Scene:
    order = desk.order_in("OTTIK", ((3, "36"), (22, "30")))
    yield 14
    yield from until_released(desk, order)
    yield 30
    shipment = asked_for(desk, order)
    yield from until_gone(desk, shipment)
    yield DAY
    deliver_shipment(by=desk.keeper, shipment=shipment)


def _stock_asked(desk: Desk, customer: str, rows: Rows) -> Scene:
    order = desk.order_in(customer, rows, is_urgent=True)
    yield 14
    yield from until_confirmed(desk, order)
    yield desk.till(35)
    ask_stock(by=clerk(order), order=fresh(order), lines=quantities(order), text="下午四点前能装车吗？客户自提。")


def _stock_later(desk: Desk) -> Scene:
    order = desk.order_in("LILAS", ((12, "40"), (11, "24")))
    yield 14
    yield from until_confirmed(desk, order)
    yield 10
    asked = ask_stock(by=clerk(order), order=fresh(order), lines=quantities(order), text="周三能发多少？")
    yield 55
    answer_stock(by=desk.keeper, question=asked, answers=_halves(asked), note="货柜后天到港")


def _halves(asked: StockQuestion) -> dict[int, LineAnswer]:
    """Half of each row now, the rest in three days."""
    rest_on = house_day() + timedelta(days=3)
    return {each.pk: LineAnswer((each.quantity / 2).quantize(Decimal(1)), rest_on) for each in asked.lines.all()}


def _urgent(desk: Desk) -> Scene:
    order = desk.order_in("SAVEA", ((1, "36"), (2, "48")), is_urgent=True, channel=Order.Channel.COUNTER)
    yield 14
    yield from until_entered(desk, order)
