"""Run by the order races in a process of its own: many posts at once against real connections.

    python -m tests.faults.race_orders same_token 50      one form posted by so many at once
    python -m tests.faults.race_orders no_token 50        the same without a token (control run)
    python -m tests.faults.race_orders two_clerks 100     so many rounds of two clerks saving one order
    python -m tests.faults.race_orders no_version 100     the same, the version never looked at (control run)
    python -m tests.faults.race_orders decide 40          rounds of approve + cancel + edit of one order at once
    python -m tests.faults.race_orders no_lock 40         the same, each looking at the state it saw (control run)

Prints one JSON object.
"""

import json
import os
import sys
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.test")
django.setup()

from django.db import transaction  # noqa: E402

from customers.factories import make_customer  # noqa: E402
from customers.models import Customer  # noqa: E402
from orders.actions.approve import decide_approval  # noqa: E402
from orders.actions.cancel import cancel_order  # noqa: E402
from orders.actions.enter import create_order, edit_order  # noqa: E402
from orders.actions.review import confirm_order, submit_entry  # noqa: E402
from orders.checks import orders_that_do_not_add_up  # noqa: E402
from orders.errors import ConflictError, OrderError  # noqa: E402
from orders.models import Approval, DeskRule, Order, OrderEvent  # noqa: E402
from orders.rows import LineEntry  # noqa: E402
from orders.status import Status  # noqa: E402
from staff.factories import make_user  # noqa: E402
from staff.models import User  # noqa: E402
from staff.roles import Role  # noqa: E402
from tests.faults.crowd import at_once  # noqa: E402


def row(quantity: int, line_id: int | None = None) -> LineEntry:
    """The one row of a racing order."""
    return LineEntry(id=line_id, quantity=Decimal(quantity), product_name="纸", unit_price=Decimal("9.99"))


def posts(count: int, *, with_token: bool) -> dict[str, object]:
    """So many posts of one form at the same moment."""
    clerk, customer = make_user("lin", Role.CLERK), make_customer()
    token = uuid4() if with_token else None
    answers = at_once([lambda: create_order(by=clerk, customer=customer, lines=[row(2)], form_token=token).pk] * count)
    other = "not sent"
    if with_token:
        try:
            create_order(by=clerk, customer=customer, lines=[row(3)], form_token=token)
        except Exception as refusal:
            other = type(refusal).__name__
    numbers = list(Order.objects.order_by("pk").values_list("number", flat=True))
    return {
        "orders": len(numbers),
        "answers": sorted({str(answer) for answer in answers}),
        "last_number": numbers[-1],
        "changed_body": other,
        "wrong_sums": orders_that_do_not_add_up(),
    }


def save_blindly(order_id: int, quantity: int) -> int:
    """The control: read, change, write, with nobody asking what happened in between."""
    order = Order.objects.get(pk=order_id)
    line = order.lines.get()
    start = order.version
    with transaction.atomic():
        line.quantity = Decimal(quantity)
        line.save(update_fields=["quantity"])
        order.version = start + 1
        order.save(update_fields=["version"])
    return order.version


def clerks(rounds: int, *, look_at_version: bool) -> dict[str, object]:
    """Rounds in which two clerks opened the same order and both save."""
    lin, wang = make_user("lin", Role.CLERK), make_user("wang", Role.CLERK)
    order = create_order(by=lin, customer=make_customer(), lines=[row(1)])
    line_id, version = order.lines.get().pk, 1
    saved = conflicts = told = 0
    for turn in range(rounds):
        quantities = (2 * turn + 2, 2 * turn + 3)
        deeds: list[Callable[[], int]]
        if look_at_version:
            deeds = [
                lambda who=who, quantity=quantity, seen=version: (
                    edit_order(by=who, order=order, version=seen, lines=[row(quantity, line_id)]).version
                )
                for who, quantity in zip((lin, wang), quantities, strict=True)
            ]
        else:
            deeds = [lambda quantity=quantity: save_blindly(order.pk, quantity) for quantity in quantities]
        for answer in at_once(deeds):
            if isinstance(answer, ConflictError):
                conflicts += 1
                told += any(difference.key == "lines.1.quantity" for difference in answer.differences)
            elif isinstance(answer, int):
                saved += 1
            else:
                raise answer
        version = Order.objects.get(pk=order.pk).version
    changed = OrderEvent.objects.filter(kind="changed").count()
    return {"saved": saved, "conflicts": conflicts, "told": told, "version": version, "diary": changed}


def waiting_order(clerk: User, customer: Customer) -> tuple[Order, Approval]:
    """An order that waits for the approval of one rule."""
    order = create_order(by=clerk, customer=customer, lines=[row(2)])
    confirm_order(by=clerk, order=submit_entry(by=clerk, order=order))
    order.refresh_from_db()
    return order, Approval.objects.get(order=order)


def move_blindly(order: Order, to: Status) -> str:
    """The control: decide on the state that was seen, with nobody asking what it is now."""
    if order.state != Status.PENDING_APPROVAL:
        return "refused"
    Order.objects.filter(pk=order.pk).update(state=to)
    OrderEvent.objects.create(order=order, kind="moved", before={"state": str(order.state)}, after={"state": str(to)})
    return str(to)


def decisions(rounds: int, *, with_lock: bool) -> dict[str, object]:
    """Rounds in which an order that waits for approval is approved, cancelled and edited at the same moment."""
    DeskRule.objects.update(sample_percent=0)
    clerk, boss = make_user("lin", Role.CLERK), make_user("chen", Role.MANAGER, Role.APPROVER)
    customer = make_customer(clerk=clerk, credit_limit=Decimal(1))
    refused, ends, broken = 0, set(), []
    for _turn in range(rounds):
        order, approval = waiting_order(clerk, customer)
        line_id = order.lines.get().pk
        if with_lock:
            answers = at_once(
                [
                    lambda approval=approval: decide_approval(by=boss, approval=approval, grant=True).state,
                    lambda order=order: cancel_order(by=boss, order=order, side="us", reason="no_stock").state,
                    lambda order=order, line_id=line_id: (
                        edit_order(by=clerk, order=order, version=order.version, lines=[row(3, line_id)]).state
                    ),
                ]
            )
        else:
            answers = at_once(
                [
                    lambda order=order: move_blindly(order, Status.CONFIRMED),
                    lambda order=order: move_blindly(order, Status.CANCELLED),
                ]
            )
        refused += sum(isinstance(answer, OrderError) for answer in answers)
        broken += [repr(each) for each in answers if isinstance(each, Exception) and not isinstance(each, OrderError)]
        end = Order.objects.get(pk=order.pk)
        ends.add(end.state)
        way = [
            (event.before["state"], event.after["state"])
            for event in OrderEvent.objects.filter(order=order, kind="moved").order_by("pk")
        ]
        if any(one[1] != following[0] for one, following in pairwise(way)) or way[-1][1] != end.state:
            broken.append(f"{order.number}: {way}")
    return {"refused": refused, "ends": sorted(ends), "broken": broken, "wrong_sums": orders_that_do_not_add_up()}


def main(race: str, count: int) -> None:
    """Run one race."""
    races = {
        "same_token": lambda: posts(count, with_token=True),
        "no_token": lambda: posts(count, with_token=False),
        "two_clerks": lambda: clerks(count, look_at_version=True),
        "no_version": lambda: clerks(count, look_at_version=False),
        "decide": lambda: decisions(count, with_lock=True),
        "no_lock": lambda: decisions(count, with_lock=False),
    }
    json.dump(races[race](), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
