"""Run by the lock races in a process of its own: many deeds on a few orders, and one who waits for another.

    python -m tests.faults.race_locks hunt 10      four people do random deeds on five orders for so many seconds
    python -m tests.faults.race_locks circle 1     two hold what the other wants (control run)
    python -m tests.faults.race_locks wait 1       a page posts to an order that somebody holds and does not let go

Prints one JSON object.
"""

import json
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.test")
django.setup()

from django.core.exceptions import PermissionDenied  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from customers.factories import make_customer  # noqa: E402
from orders.actions.amend import approve_amendment, findings_of, sight_of, submit_amendment  # noqa: E402
from orders.actions.amend import write_amendment as write  # noqa: E402
from orders.actions.cancel import cancel_order, reopen_order  # noqa: E402
from orders.actions.enter import create_order, edit_order  # noqa: E402
from orders.actions.hold import place_hold, release_hold  # noqa: E402
from orders.actions.release import release_order, withdraw_release  # noqa: E402
from orders.actions.returns import ReturnedRow, request_return  # noqa: E402
from orders.actions.ship import cancel_shipment, request_shipment, sign_shipment  # noqa: E402
from orders.actions.trouble import Fault, bounce_from_warehouse, short_close  # noqa: E402
from orders.amending.rows import changes_in  # noqa: E402
from orders.checks import orders_that_do_not_add_up  # noqa: E402
from orders.errors import ConflictError, OrderError  # noqa: E402
from orders.factories import make_order  # noqa: E402
from orders.models import Amendment, Hold, Order, OrderReturn, Shipment  # noqa: E402
from orders.rows import LineEntry  # noqa: E402
from orders.status import Status  # noqa: E402
from orders.tests.goods import rows, send  # noqa: E402
from salesops.wsgi import application  # noqa: E402, F401  # what the web process sets up for its connections
from staff.factories import make_team, make_user  # noqa: E402
from staff.models import User  # noqa: E402
from staff.roles import Role  # noqa: E402
from tests.faults.crowd import at_once  # noqa: E402

ONE, MANY = Decimal(1), Decimal(100_000)
REFUSALS = (OrderError, ConflictError, PermissionDenied)


def entry(order: Order, quantity: int) -> LineEntry:
    """The one row of an order, with another quantity."""
    line = order.lines.get()
    return LineEntry(
        id=line.pk, quantity=MANY + quantity, product_name=line.product_name, unit_price=line.unit_price, unit=line.unit
    )


def amend(by: User, order: Order, quantity: int) -> None:
    """Written, handed in, approved: the longest deed of the desk."""
    cause, lines = Amendment.Cause.CUSTOMER_CHANGE, [entry(order, quantity)]
    draft = write(by=by, order=order, version=order.version, cause=cause, reason="x", lines=lines, header={})
    handed_in = submit_amendment(by=by, amendment=draft)
    seen = sight_of(findings_of(order, list(order.lines.all()), changes_in(handed_in.rows.all())))
    approve_amendment(by=by, amendment=handed_in, seen=seen)


def let_go(by: User, order: Order) -> None:
    """The first hold that stands."""
    if hold := Hold.objects.filter(order=order, released_at=None).first():
        release_hold(by=by, hold=hold)


def take_back(by: User, order: Order) -> None:
    """The newest shipment."""
    if shipment := Shipment.objects.filter(order=order).order_by("-pk").first():
        cancel_shipment(by=by, shipment=shipment, reason="x")


def sign(by: User, order: Order) -> None:
    """Whatever has left."""
    if shipment := Shipment.objects.filter(order=order, state=Shipment.State.SHIPPED).first():
        sign_shipment(by=by, shipment=shipment, signed_by_name="x")


def come_again(by: User, order: Order) -> None:
    """Another order of the same customer, corrected and called off: the numbers' counter and the customer's credit."""
    row = LineEntry(quantity=ONE, product_name="x", unit_price=ONE)
    made = create_order(by=by, customer=order.customer, lines=[row])
    edit_order(by=by, order=made, version=made.version, lines=[row])
    cancel_order(by=by, order=made, side="us", reason="duplicate")


Deed = Callable[[User, Order], object]
DEEDS: dict[str, Deed] = {
    "request": lambda by, order: request_shipment(by=by, order=order, lines=rows(order, ONE)),
    "send": lambda by, order: send(by, by, order, ONE),
    "take back": take_back,
    "sign": sign,
    "short": lambda by, order: short_close(by=by, line=order.lines.get(), quantity=ONE, reason="x"),
    "return": lambda by, order: request_return(
        by=by, order=order, lines={order.lines.get(): ReturnedRow(ONE)}, cause=OrderReturn.Cause.QUALITY
    ),
    "hold": lambda by, order: place_hold(by=by, order=order, kind=Hold.Kind.QUALITY, reason="x"),
    "let go": let_go,
    "amend": lambda by, order: amend(by, order, random.randint(1, 99)),
    "bounce": lambda by, order: bounce_from_warehouse(
        by=by, order=order, faults=[Fault("quantity", "1", order.lines.get())]
    ),
    "withdraw": lambda by, order: withdraw_release(by=by, order=order, reason="x"),
    "release": lambda by, order: release_order(by=by, order=order, waived_reason="x"),
    "reopen": lambda by, order: reopen_order(by=by, order=order, reason="x"),
    "come again": come_again,
}


def everybody() -> list[User]:
    """Two people who may do everything at the desk."""
    team = make_team()
    roles = (Role.CLERK, Role.REVIEWER, Role.WAREHOUSE, Role.MANAGER, Role.APPROVER)
    return [make_user(name, *roles, team=team) for name in ("lin", "chen")]


def hunt(seconds: int) -> dict[str, object]:
    """Four at once, each doing what comes to mind to whichever order; what nobody foresaw is told."""
    people = everybody()
    customers = [make_customer(team=people[0].team, credit_limit=None) for _ in range(2)]
    orders = [
        make_order(customer=customers[place % 2], state=Status.RELEASED, lines=[{"quantity": MANY, "unit_price": ONE}])
        for place in range(5)
    ]
    done, refused, faults = Counter[str](), Counter[str](), list[str]()
    end = time.monotonic() + seconds

    def work(place: int) -> None:
        dice = random.Random(place)
        while time.monotonic() < end:
            name = dice.choice(list(DEEDS))
            order = Order.objects.get(pk=dice.choice(orders).pk)
            try:
                DEEDS[name](dice.choice(people), order)
                done[name] += 1
            except REFUSALS:
                refused[name] += 1
            except Exception as fault:
                faults.append(f"{name}: {fault!r}")

    at_once([lambda place=place: work(place) for place in range(4)])
    return {
        "done": done, "refused": refused, "faults": faults, "never": sorted(set(DEEDS) - set(done)),
        "wrong_sums": orders_that_do_not_add_up(),
    }  # fmt: skip


def circle() -> dict[str, object]:
    """The control: two orders, locked from both ends."""
    first, second = (make_order(state=Status.RELEASED) for _ in range(2))
    both_hold = threading.Barrier(2)

    def take(mine: Order, other: Order) -> str:
        with transaction.atomic():
            Order.objects.select_for_update().get(pk=mine.pk)
            both_hold.wait(20)
            Order.objects.select_for_update().get(pk=other.pk)
        return "done"

    answers = at_once([lambda: take(first, second), lambda: take(second, first)])
    return {"answers": sorted(type(answer).__name__ for answer in answers)}


def wait() -> dict[str, object]:
    """Somebody holds an order and does not come back; a page that wants it answers in words and soon."""
    clerk = everybody()[0]
    order = make_order(customer=make_customer(team=clerk.team), state=Status.RELEASED, lines=[{"quantity": MANY}])
    client = Client(raise_request_exception=False, headers={"accept-language": "en"})
    client.force_login(clerk)
    held, answered = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Order.objects.select_for_update().get(pk=order.pk)
            held.set()
            answered.wait(60)

    told: dict[str, object] = {}

    def post() -> None:
        held.wait(20)
        began = time.monotonic()
        line = order.lines.get()
        try:
            answer = client.post(reverse("orders:request_shipment", args=[order.pk]), {f"q-{line.pk}": "1"})
        finally:
            answered.set()
        told.update(status=answer.status_code, seconds=time.monotonic() - began, page=answer.content.decode())
        told["again_after"] = answer.headers.get("Retry-After", "")

    connection.close()  # the threads' connections begin as those of the web process do
    at_once([hold, post])
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        told["longest_statement"] = cursor.fetchone()[0]
    return told | {"shipments": Shipment.objects.count()}


def main(race: str, count: int) -> None:
    """Run one race."""
    races: dict[str, Callable[[], dict[str, object]]] = {"hunt": lambda: hunt(count), "circle": circle, "wait": wait}
    json.dump(races[race](), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
