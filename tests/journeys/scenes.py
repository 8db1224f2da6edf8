"""What a journey finds when it begins, made on the running product's database by the product's own deeds."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from customers.factories import make_customer
from customers.models import Address, Customer, Product
from orders.actions.release import release_order
from orders.actions.review import confirm_order, enter_order
from orders.actions.ship import (
    accept_shipment,
    pack_shipment,
    pick_shipment,
    request_shipment,
    ship_shipment,
    sign_shipment,
)
from orders.actions.stock import LineAnswer, answer_stock, ask_stock
from orders.desk.guards import why_verify
from orders.models import Order, UnassignedLine
from orders.rows import LineEntry
from orders.tests.looking import compare_and_pass
from salesops.spreadsheets.models import ImportBatch
from staff.models import User

Rows = Sequence[tuple[str, str]]


def customer(limit: str | None = None) -> dict[str, Any]:
    """A customer of Lin's whom nobody else's journey meets, known by phone and mail address."""
    return _told(_customer(limit))


def entered_order(rows: Rows, limit: str | None = None) -> dict[str, Any]:
    """An order that Lin has entered; with ``limit`` its customer has a credit limit."""
    order = _entered(_customer(limit), rows)
    return _told(order.customer, order)


def signed_order(rows: Rows) -> dict[str, Any]:
    """An order that Lin entered and the customer has signed for."""
    lin, wu = _person("lin"), _person("wu")
    order = _entered(_customer(None), rows)
    if why_verify(order):
        compare_and_pass(_person("sun"), order)
    else:
        confirm_order(by=lin, order=order)
    order = release_order(by=lin, order=order, waived_reason="货在库")
    shipment = request_shipment(by=lin, order=order, lines={line: line.quantity for line in order.lines.all()})
    shipment = accept_shipment(by=wu, shipment=shipment)
    shipment = pack_shipment(by=wu, shipment=pick_shipment(by=wu, shipment=shipment), packages=1)
    shipment = ship_shipment(by=wu, shipment=shipment, carrier="顺丰", tracking_numbers="SF1000000000001")
    sign_shipment(by=lin, shipment=shipment, signed_by_name="周敏")
    return _told(order.customer, order)


def answered_question(rows: Rows) -> dict[str, Any]:
    """An order of Lin's about which the warehouse has said: of the first row a part, the others later."""
    order = _entered(_customer(None), rows)
    lines = {line: line.quantity for line in order.lines.all()}
    asked = ask_stock(by=_person("lin"), order=order, lines=lines)
    first, *others = asked.lines.order_by("line__position")
    on = timezone.localdate() + timedelta(days=3)
    answers = {each.pk: LineAnswer(Decimal(0), on) for each in others} | {first.pk: LineAnswer(Decimal(1), on)}
    answer_stock(by=_person("wu"), question=asked, answers=answers)
    return _told(order.customer, order) | {"question": asked.pk}


def waiting_lines(orders: int) -> dict[str, Any]:
    """A sheet of Lin's whose orders, two lines each, name no customer."""
    mark = secrets.token_hex(4)
    batch = ImportBatch.objects.create(
        kind="orders", state=ImportBatch.State.DONE, file_name=f"{mark}.xlsx", sha256="0" * 64,
        uploaded_by=_person("lin"),
    )  # fmt: skip
    made = [
        UnassignedLine.objects.create(
            batch=batch, sheet="Sheet1", row=row, reason="no_customer", source_number=f"W{mark}-{row // 2}",
            product_code="SP1001", product_name="祁门红茶袋泡茶", quantity=Decimal(row), amount=Decimal(row) * 18,
        )
        for row in range(2, 2 + 2 * orders)
    ]  # fmt: skip
    return {"first": made[0].pk, "numbers": [line.source_number for line in made[::2]]}


SCENES: dict[str, Callable[..., dict[str, Any]]] = {
    "customer": customer,
    "entered_order": entered_order,
    "signed_order": signed_order,
    "answered_question": answered_question,
    "waiting_lines": waiting_lines,
}


def play(scene: str, values: str) -> None:
    """Print what was made for a scene; called in a process of its own, beside the product."""
    sys.stdout.write(json.dumps(SCENES[scene](**json.loads(values))))


def _customer(limit: str | None) -> Customer:
    lin, mark = _person("lin"), secrets.token_hex(4)
    made = make_customer(
        code=f"J{mark}",
        name=f"苏州{mark}食品有限公司",
        team=lin.team,
        clerk=lin,
        phone=f"139{secrets.randbelow(10**8):08d}",
        email=f"{mark}@customer.example",
        credit_limit=None if limit is None else Decimal(limit),
    )
    Address.objects.create(
        customer=made, receiver="周敏", phone=made.phone, province="江苏省", city="苏州市", street="示例路 8 号",
        is_default=True,
    )  # fmt: skip
    return made


def _entered(of: Customer, rows: Rows) -> Order:
    entries = [LineEntry(product=Product.objects.get(code=code), quantity=Decimal(quantity)) for code, quantity in rows]
    return enter_order(by=_person("lin"), customer=of, lines=entries)


def _person(username: str) -> User:
    return User.objects.get(username=username)


def _told(of: Customer, order: Order | None = None) -> dict[str, Any]:
    told = {"customer": of.pk, "name": of.name, "phone": of.phone, "email": of.email}
    return told if order is None else told | {"order": order.pk, "number": order.number}
