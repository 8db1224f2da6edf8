"""Run by the shipment races in a process of its own: two people send the same goods at the same moment.

    python -m tests.faults.race_shipments request 20    so many rounds of two people asking for the whole rest
    python -m tests.faults.race_shipments ship 20       so many rounds of two people sending one shipment off
    python -m tests.faults.race_shipments blind 20      the same without looking at the lock (control run)

Prints one JSON object.
"""

import json
import os
import sys
import threading
from collections.abc import Callable
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.test")
django.setup()


from orders.actions.ship import (  # noqa: E402
    accept_shipment,
    pack_shipment,
    pick_shipment,
    request_shipment,
    ship_shipment,
)
from orders.errors import OrderError  # noqa: E402
from orders.models import OrderEvent, OrderLine, Shipment  # noqa: E402
from orders.tests.goods import released, rows  # noqa: E402
from staff.factories import make_user  # noqa: E402
from staff.roles import Role  # noqa: E402
from tests.faults.crowd import at_once  # noqa: E402

WHOLE = Decimal(10)


def packed(people, order):
    """A shipment of all there is, ready to leave."""
    shipment = request_shipment(by=people[0], order=order, lines=rows(order, WHOLE))
    for step in (accept_shipment, pick_shipment, pack_shipment):
        step(by=people[1], shipment=shipment)
    return shipment


def ship_blindly(shipment_id, barrier):
    """The control: read, add, write, with nobody asking what happened in between."""
    shipment = Shipment.objects.get(pk=shipment_id)
    line = OrderLine.objects.get(order_id=shipment.order_id)
    if shipment.state != Shipment.State.PACKED:
        raise OrderError("It has left already.")
    barrier.wait(30)
    line.shipped_quantity += WHOLE
    line.save(update_fields=["shipped_quantity"])
    shipment.state = Shipment.State.SHIPPED
    shipment.save(update_fields=["state"])
    return "sent"


def main(race: str, rounds: int) -> None:
    """Run one race."""
    people = [make_user("lin", Role.CLERK), make_user("wu", Role.WAREHOUSE)]
    done = refused = 0
    for _turn in range(rounds):
        order = released(WHOLE)
        deeds: list[Callable[[], object]]
        if race == "request":
            deeds = [
                lambda who=who, order=order: request_shipment(by=who, order=order, lines=rows(order, WHOLE)).pk
                for who in people
            ]
        elif race == "ship":
            shipment = packed(people, order)
            deeds = [
                lambda who=who, shipment=shipment: ship_shipment(by=who, shipment=shipment, carrier="顺丰").pk
                for who in people
            ]
        else:
            shipment, barrier = packed(people, order), threading.Barrier(2)
            deeds = [lambda pk=shipment.pk, barrier=barrier: ship_blindly(pk, barrier)] * 2
        for answer in at_once(deeds):
            if isinstance(answer, OrderError):
                refused += 1
            elif isinstance(answer, Exception):
                raise answer
            else:
                done += 1
    shipped = sum(OrderLine.objects.values_list("shipped_quantity", flat=True), Decimal(0))
    result = {
        "done": done,
        "refused": refused,
        "shipments": Shipment.objects.count(),
        "shipped": int(shipped),
        "told": OrderEvent.objects.filter(kind=f"shipment_{'requested' if race == 'request' else 'shipped'}").count(),
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
