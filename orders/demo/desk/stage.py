"""The people and things of the scenes, and the ways orders usually go, step by step."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from customers.models import Customer, Product
from orders.actions.approve import decide_approval
from orders.actions.enter import create_order, edit_order
from orders.actions.release import release_order
from orders.actions.review import QUESTIONS, Answer, confirm_order, review_order, submit_entry
from orders.actions.ship import (
    accept_shipment,
    deliver_shipment,
    pack_shipment,
    pick_shipment,
    request_shipment,
    ship_shipment,
    sign_shipment,
)
from orders.actions.sops import answer_for, do_by_sop
from orders.actions.stock import LineAnswer, answer_stock, ask_stock
from orders.actions.verify import verify_order
from orders.demo.desk.papers import signed_receipt
from orders.demo.desk.playing import OfficeTime, Scene
from orders.demo.people import People
from orders.desk.comparing import GROUPS, files_to_open, sight_of_source, sources_of
from orders.desk.credit import in_house_currency
from orders.desk.guards import why_verify
from orders.desk.numbers import desk_rule
from orders.models import Approval, Order, OrderLine, Shipment
from orders.rows import LineEntry
from orders.shipping.photos import read_photo
from orders.status import Status
from staff.models import User
from staff.sop_reading import step_in_force

Steps = Generator[float, None, Any]
"""A part of a scene that answers something."""
Rows = tuple[tuple[int, str], ...]
"""Products by their number in the sample with quantities."""
DAY = 450
"""Working minutes of a day."""
CARRIERS = (("SD", "顺达快运"), ("ZL", "中联物流"), ("JH", "江海冷链"))
"""The sample's carriers with the letters their tracking numbers begin with."""
ALL_RIGHT = {question.value: Answer(is_right=True) for question in QUESTIONS}


@dataclass(frozen=True)
class Desk:
    """Who works at the demo company, what it sells to whom, and its history by the sample's numbers."""

    people: People
    products: dict[int, Product]
    customers: dict[str, Customer]
    history: dict[str, Order]
    office: OfficeTime

    def till(self, minutes: float) -> float:
        """How long to wait until so many working minutes before now."""
        span = self.office.clock.elapsed(timezone.now(), self.office.ago(minutes))
        return max(span.total_seconds() / 60, 0)

    def working_day(self, days: int) -> date:
        """The day so many working days from today."""
        return self.office.clock.add(timezone.now(), days * DAY).date()

    def person(self, username: str) -> User:
        """One of the accounts."""
        return self.people.users[username]

    @property
    def manager(self) -> User:
        return self.person("chen")

    @property
    def reviewer(self) -> User:
        return self.person("sun")

    @property
    def keeper(self) -> User:
        return self.person("wu")

    def clerk_of(self, customer: str) -> User:
        """The clerk who looks after a customer of the sample."""
        return self.customers[customer].clerk or self.person("lin")

    def entries(self, rows: Rows) -> list[LineEntry]:
        """Rows as a clerk writes them, at the customer's prices."""
        return [LineEntry(product=self.products[number], quantity=Decimal(text)) for number, text in rows]

    def order_in(self, customer: str, rows: Rows, *, by: User | None = None, **header: Any) -> Order:
        """An order that its clerk types while the customer is on the phone, unless the header says otherwise."""
        clerk = by or self.clerk_of(customer)
        wanted = {"channel": Order.Channel.PHONE, "requested_on": self.working_day(6), **header}
        return create_order(by=clerk, customer=self.customers[customer], lines=self.entries(rows), **wanted)


def fresh(order: Order) -> Order:
    """The order as it is stored now."""
    return Order.objects.select_related("customer", "owner", "created_by").get(pk=order.pk)


def clerk(order: Order) -> User:
    """Who looks after the order."""
    return order.owner or order.created_by  # type: ignore[return-value]  # every order of the demo has both


def row(order: Order, position: int) -> OrderLine:
    """One row of the order as it is stored now."""
    return order.lines.get(position=position)


def written(order: Order, changed: dict[int, dict[str, Any]]) -> list[LineEntry]:
    """The order's rows as entries, some of them changed; by position."""
    entries = []
    for line in order.lines.select_related("product").order_by("position"):
        kept = LineEntry(
            id=line.pk, product=line.product, quantity=line.quantity, unit_price=line.unit_price,
            discount=line.discount, due_on=line.due_on, remarks=line.remarks,
        )  # fmt: skip
        entries.append(replace(kept, **changed.get(line.position, {})))
    return entries


def edited(order: Order, by: User, changed: dict[int, dict[str, Any]] | None = None, **header: Any) -> None:
    """Somebody saves the order with something changed."""
    order = fresh(order)
    edit_order(by=by, order=order, version=order.version, lines=written(order, changed or {}), **header)


def until_entered(desk: Desk, order: Order) -> Steps:
    """Reviewed by its clerk, or by the reviewer where it is too large for that, and entered."""
    order = fresh(order)
    if order.state == Status.RECEIVED and in_house_currency(order) >= desk_rule().self_review_total:
        review(desk, order)
        yield 9
    submit_entry(by=clerk(order), order=fresh(order))


def until_confirmed(desk: Desk, order: Order) -> Steps:
    """Entered, looked at by a second person where that is due, approved where a rule wants it."""
    if fresh(order).state in (Status.RECEIVED, Status.REVIEWED):
        yield from until_entered(desk, order)
        yield 12
    yield from settled(desk, order)


def by_sop(name: str, deed: Callable[[], Any], *, by: User, order: Order, left: str = "", why: str = "") -> None:
    """A deed with every point of its step ticked, or all but one (``left``) with why."""
    found = step_in_force(name)
    answer = None
    if found is not None and found.step.points:
        ticked = frozenset(place for place, point in enumerate(found.step.points) if point != left)
        answer = answer_for(found, ticked, why if left in found.step.points else "")
    do_by_sop(deed, by=by, order=order, answer=answer)


def review(desk: Desk, order: Order) -> None:
    """The reviewer answers every question with right."""
    by = desk.reviewer
    by_sop("review", lambda: review_order(by=by, order=order, answers=ALL_RIGHT), by=by, order=order)


def verify(desk: Desk, order: Order, note: str = "电话里与客户对过", *, left: str = "", why: str = "") -> None:
    """The reviewer holds every group against what the customer sent, opens each file, and says it is right."""
    by, order = desk.reviewer, fresh(order)
    sources = sources_of(order)
    opened = [each.pk for each in files_to_open(sources)]
    sight = sight_of_source(order, sources)
    by_sop(
        "verify",
        lambda: verify_order(by=by, order=order, compared=GROUPS, sight=sight, opened=opened, note=note),
        by=by, order=order, left=left, why=why,
    )  # fmt: skip


def settled(desk: Desk, order: Order) -> Steps:
    """From entered to confirmed."""
    order = fresh(order)
    if why_verify(order):
        verify(desk, order, note="已与原件逐行核对")
    elif order.state in (Status.ENTERED, Status.VERIFIED):
        confirm_order(by=clerk(order), order=order)
    while (approval := order.approvals.filter(state=Approval.State.OPEN).first()) is not None:
        yield 22
        decide_approval(by=desk.manager, approval=approval, grant=True, reason="老客户，按约定执行，同意")


def until_released(desk: Desk, order: Order) -> Steps:
    """Confirmed, the warehouse asked, its answer yes, and handed to it."""
    yield from until_confirmed(desk, order)
    yield 7
    order = fresh(order)
    if order.state != Status.CONFIRMED:
        return
    asked = ask_stock(by=clerk(order), order=order, lines=quantities(order), text="这一单能按时发齐吗？")
    yield 16
    answers = {each.pk: LineAnswer(each.quantity) for each in asked.lines.all()}
    answer_stock(by=desk.keeper, question=asked, answers=answers, note="有现货")
    yield 6
    release_order(by=clerk(order), order=fresh(order))


def quantities(order: Order, share: Decimal = Decimal(1)) -> dict[OrderLine, Decimal]:
    """The order's rows with their quantities, or the whole part of a share of them."""
    return {line: (line.quantity * share).quantize(Decimal(1)) or Decimal(1) for line in order.lines.all()}


def asked_for(desk: Desk, order: Order, share: Decimal = Decimal(1)) -> Shipment:
    """A shipment of the rows, asked for by the order's clerk."""
    order = fresh(order)
    return request_shipment(by=clerk(order), order=order, lines=quantities(order, share))


def until_packed(desk: Desk, shipment: Shipment) -> Steps:
    """Accepted, picked and packed."""
    yield 15
    accept_shipment(by=desk.keeper, shipment=shipment)
    yield 45
    pick_shipment(by=desk.keeper, shipment=shipment)
    yield 30
    pack_shipment(
        by=desk.keeper, shipment=shipment, packages=1 + shipment.pk % 6, weight=Decimal(18 + shipment.pk % 40)
    )


def until_gone(desk: Desk, shipment: Shipment) -> Steps:
    """Packed and given to the carrier."""
    yield from until_packed(desk, shipment)
    yield 40
    letters, carrier = CARRIERS[shipment.pk % len(CARRIERS)]
    tracking = f"{letters}{1040200000 + shipment.pk * 7919}"
    ship_shipment(
        by=desk.keeper, shipment=shipment, carrier=carrier, tracking_numbers=tracking, freight=Decimal(35 + shipment.pk)
    )


def until_signed(desk: Desk, shipment: Shipment, *, with_photo: bool = False) -> Steps:
    """Gone, arrived two days later and signed for."""
    yield from until_gone(desk, shipment)
    yield 2 * DAY
    deliver_shipment(by=desk.keeper, shipment=shipment)
    yield 50
    name = shipment.order.ship_to_receiver or shipment.order.customer_name
    photo = read_photo(signed_receipt(shipment.number, name)) if with_photo else None
    sign_shipment(by=desk.keeper, shipment=shipment, signed_by_name=name, photo=photo)


def to_the_end(desk: Desk, order: Order, *, with_photo: bool = False) -> Steps:
    """The whole way of an order nothing happens to."""
    yield from until_released(desk, order)
    yield 20
    yield from until_signed(desk, asked_for(desk, order), with_photo=with_photo)


def plain(desk: Desk, customer: str, rows: Rows, **header: Any) -> Scene:
    """An order that goes its way from a call to the signature."""
    order = desk.order_in(customer, rows, **header)
    yield 14
    yield from to_the_end(desk, order)
