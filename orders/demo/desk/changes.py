"""What changed after the order was confirmed: amendments, short-closes and goods that come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from orders.actions.amend import (
    approve_amendment,
    findings_of,
    reject_amendment,
    sight_of,
    submit_amendment,
    write_amendment,
)
from orders.actions.amend_link import confirm_by_customer, mail_link, make_link
from orders.actions.returns import (
    Inspection,
    ReturnedRow,
    authorise_return,
    close_return,
    inspect_return,
    receive_return,
    refuse_return,
    request_return,
    resolve_return,
    send_return,
)
from orders.actions.trouble import short_close
from orders.amending.rows import changes_in
from orders.demo.desk.playing import Scene
from orders.demo.desk.stage import (
    DAY,
    Desk,
    Rows,
    Steps,
    asked_for,
    clerk,
    fresh,
    row,
    to_the_end,
    until_confirmed,
    until_released,
    until_signed,
    written,
)
from orders.models import Amendment, Order, OrderReturn

Changed = dict[int, dict[str, Any]]
SITE = "https://desk.example.com"


def change_scenes(desk: Desk) -> Iterator[tuple[datetime, Scene]]:
    """Amendments in every state, a short-closed order, returns on their way and done."""
    our, theirs = Amendment.Cause.OUR_ERROR, Amendment.Cause.CUSTOMER_CHANGE
    told: list[tuple[float, Scene]] = [
        (
            38.3,
            _amended(desk, "FRANS", ((15, "20"), (1, "30")), our, "少录 10 箱，客户打电话来问", {2: {"quantity": 40}}),
        ),
        (25.5, _amended(desk, "CACTU", ((2, "60"),), our, "单价录成去年的", {1: {"unit_price": Decimal("18.20")}})),
        (14.7, _amended(desk, "FURIB", ((10, "24"), (13, "30")), our, "要的是 20 盒", {2: {"quantity": 20}})),
        (
            8.6,
            _amended(desk, "ANATR", ((20, "12"), (6, "24")), theirs, "客户加量", {2: {"quantity": 36}}, confirms=True),
        ),
        (6.1, _amended(desk, "BOLID", ((16, "30"),), theirs, "客户减量", {1: {"quantity": 24}}, mails=True)),
        (4.3, _not_amended(desk)),
        (1.3, _amendment_waits(desk, "FAMIA", ((7, "20"), (22, "30")), theirs, "客户电话：第 2 行加到 45 箱")),
        (0.9, _amendment_waits(desk, "AROUT", ((4, "12"), (8, "18")), Amendment.Cause.SUPPLY, "到货推迟，先发一半")),
        (11.4, _short_closed(desk)),
    ]
    return ((desk.office.ago(days * DAY), scene) for days, scene in [*told, *_returns(desk)])


def _returns(desk: Desk) -> list[tuple[float, Scene]]:
    wrong, quality = OrderReturn.Cause.OUR_ENTRY, OrderReturn.Cause.QUALITY
    return [
        (29.6, _returned(desk, "DRACD", ((11, "20"),), wrong, "录成 20 包，客户只订了 12 包", ("quantity", "12"), "8")),
        (19.4, _returned(desk, "FRANK", ((19, "24"),), wrong, "应为英式司康饼", ("product_code", "SP3021"), "24")),
        (22.2, _returned(desk, "GREAL", ((12, "10"),), OrderReturn.Cause.OUR_SHIPMENT, "发错批次", ("", ""), "4")),
        (13.5, _returned(desk, "BLAUS", ((8, "15"),), quality, "三瓶漏液", ("", ""), "3")),
        (8.1, _coming_back(desk, "BOTTM", ((3, "24"),), wrong, "货号录错", "12", 3)),
        (6.8, _coming_back(desk, "ERNSH", ((1, "40"),), OrderReturn.Cause.TRANSPORT, "外箱压坏", "6", 2)),
        (5.9, _coming_back(desk, "HILAA", ((25, "30"),), quality, "临期，客户拒绝上架", "10", 1)),
        (7.2, _coming_back(desk, "CENTC", ((21, "20"),), OrderReturn.Cause.CUSTOMER, "促销没卖完", "15", 0)),
    ]  # fmt: skip


def amended(
    desk: Desk, order: Order, cause: str, reason: str, changed: Changed, header: dict[str, Any] | None = None
) -> Steps:
    """The clerk asks for it, the manager approves; answers the amendment."""
    amendment = _asked(order, cause, reason, changed, header or {})
    yield 26
    order = fresh(order)
    stored = list(order.lines.select_related("product"))
    seen = sight_of(findings_of(order, stored, changes_in(amendment.rows.all())))
    return approve_amendment(by=desk.manager, amendment=amendment, seen=seen, note="同意")


def _asked(order: Order, cause: str, reason: str, changed: Changed, header: dict[str, Any]) -> Amendment:
    order = fresh(order)
    by = clerk(order)
    amendment = write_amendment(
        by=by, order=order, version=order.version, cause=cause, reason=reason,
        lines=written(order, {position: _decimal(values) for position, values in changed.items()}), header=header,
    )  # fmt: skip
    return submit_amendment(by=by, amendment=amendment)


def _decimal(values: dict[str, Any]) -> dict[str, Any]:
    return {name: Decimal(value) if isinstance(value, int) else value for name, value in values.items()}


def _amended(
    desk: Desk, customer: str, rows: Rows, cause: str, reason: str, changed: Changed, *, confirms: bool = False,
    mails: bool = False,
) -> Scene:  # fmt: skip
    order = desk.order_in(customer, rows)
    yield 14
    yield from until_released(desk, order)
    yield 90
    amendment = yield from amended(desk, order, cause, reason, changed)
    yield 12
    if mails:
        mail_link(by=clerk(order), amendment=amendment, site=SITE)
        return
    if confirms:
        secret = make_link(by=clerk(order), amendment=amendment)
        yield 75
        confirm_by_customer(secret=secret, name=order.ship_to_receiver or "采购部")
        yield 15
    yield from until_signed(desk, asked_for(desk, order), with_photo=confirms)


def _not_amended(desk: Desk) -> Scene:
    order = desk.order_in("FOLKO", ((6, "24"), (15, "36")))
    yield 14
    yield from until_confirmed(desk, order)
    yield 60
    asked = _asked(order, Amendment.Cause.PRICE_POLICY, "客户要求整单再让 12%", {1: {"discount": Decimal("0.12")}}, {})
    yield 40
    reject_amendment(by=desk.manager, amendment=asked, note="这个价低于底价，不同意；可以改为赠送两箱")


def _amendment_waits(desk: Desk, customer: str, rows: Rows, cause: str, reason: str) -> Scene:
    order = desk.order_in(customer, rows)
    yield 14
    yield from until_released(desk, order)
    yield desk.till(80)
    _asked(order, cause, reason, {2: {"quantity": 45 if cause == Amendment.Cause.CUSTOMER_CHANGE else 9}}, {})


def _short_closed(desk: Desk) -> Scene:
    order = desk.order_in("GOURL", ((18, "20"), (10, "12")))
    yield 14
    yield from until_released(desk, order)
    yield 20
    yield from until_signed(desk, asked_for(desk, order, Decimal("0.5")))
    yield 60
    reason = "厂家停产，客户同意余量不再发"
    for position in (1, 2):
        line = row(order, position)
        short_close(by=desk.manager, line=line, quantity=line.quantity - line.shipped_quantity, reason=reason)
        yield 4


def _begun(
    desk: Desk, customer: str, rows: Rows, cause: str, note: str, right: tuple[str, str], quantity: str
) -> Steps:
    """An order that arrived, and what its customer wants to send back of its first row."""
    order = desk.order_in(customer, rows)
    yield 14
    yield from to_the_end(desk, order)
    yield 300
    returned = ReturnedRow(Decimal(quantity), *right)
    return request_return(
        by=clerk(order), order=fresh(order), lines={row(order, 1): returned}, cause=cause, note=note,
        freight_by_us=cause != OrderReturn.Cause.CUSTOMER,
    )  # fmt: skip


def _received(desk: Desk, back: OrderReturn) -> Steps:
    yield 45
    authorise_return(by=desk.manager, order_return=back)
    yield 200
    send_return(by=clerk(back.order), order_return=back, note="顺达快运 SD1088120457")
    yield DAY
    receive_return(by=desk.keeper, order_return=back)


def _returned(
    desk: Desk, customer: str, rows: Rows, cause: str, note: str, right: tuple[str, str], quantity: str
) -> Scene:
    back = yield from _begun(desk, customer, rows, cause, note, right, quantity)
    yield from _received(desk, back)
    yield 60
    findings = {part.pk: Inspection(part.quantity, Decimal(0)) for part in back.lines.all()}
    inspect_return(by=desk.keeper, order_return=back, findings=findings, note="外观完好，可再售")
    yield 90
    resolve_return(
        by=clerk(back.order),
        order_return=back,
        resolution=OrderReturn.Resolution.REFUND,
        red_invoice=f"2633200000098{back.pk:07d}",
    )
    yield 30
    close_return(by=desk.manager, order_return=back, cause=cause)


def _coming_back(desk: Desk, customer: str, rows: Rows, cause: str, note: str, quantity: str, far: int) -> Scene:
    """Not settled yet: refused (0), asked for (1), on its way (2) or received (3)."""
    right = ("quantity", "12") if cause == OrderReturn.Cause.OUR_ENTRY else ("", "")
    back = yield from _begun(desk, customer, rows, cause, note, right, quantity)
    if far == 0:
        yield 60
        refuse_return(by=desk.manager, order_return=back, reason="促销品不退，合同第 6 条")
    elif far == 2:
        yield 45
        authorise_return(by=desk.manager, order_return=back)
        yield 120
        send_return(by=clerk(back.order), order_return=back, note="客户自送，周四到")
    elif far == 3:
        yield from _received(desk, back)
