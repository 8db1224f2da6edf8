"""Remembering what customers call our products: learnt from the rows clerks save."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from customers.models import Customer, CustomerEvent, CustomerPartNumber
from orders.models import Order, OrderLine


def remember_after_commit(order: Order, lines: list[OrderLine], by_id: int | None) -> None:
    """Ask for it once the order is safe: the customer is locked in a transaction of its own, never after the order."""
    if any(line.product_id and line.customer_part_number for line in lines):
        transaction.on_commit(partial(remember_part_numbers, order.pk, by_id), robust=True)


@transaction.atomic
def remember_part_numbers(order_id: int, by_id: int | None) -> int:
    """Write down each part number of an order's rows its customer has not used before; how many were new.

    A number that stands for another product already is left as it is: a clerk decides that on the customer's page.
    """
    order = Order.objects.get(pk=order_id)
    customer = Customer.objects.select_for_update(of=("self",)).get(pk=order.customer_id)
    lines = order.lines.filter(product__isnull=False).exclude(customer_part_number="").select_related("product")
    wanted = {
        line.customer_part_number: line
        for line in lines
        if line.product is not None and line.customer_part_number not in (line.product.code, line.product.barcode)
    }
    known = CustomerPartNumber.objects.filter(customer=customer, number__in=list(wanted))
    taken = set(known.values_list("number", flat=True))
    made = [
        CustomerPartNumber(customer=customer, product_id=line.product_id or 0, number=number)
        for number, line in wanted.items()
        if number not in taken
    ]
    CustomerPartNumber.objects.bulk_create(made)
    CustomerEvent.objects.bulk_create(
        CustomerEvent(
            customer=customer,
            kind="part_number",
            by_id=by_id,
            after={"number": part.number},
            note=f"{wanted[part.number].product} · {order.number}"[:200],
        )
        for part in made
    )
    return len(made)
