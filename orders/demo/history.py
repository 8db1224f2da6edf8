"""The sample's orders as the company's history: what was shipped is done, what was not waits to be brought on."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from customers.models import Address, Customer, InvoiceProfile, Product
from orders.demo.company import DemoCompany, DemoOrder, at
from orders.demo.people import People
from orders.models import Order, OrderEvent, OrderLine, OrderSnapshot
from orders.snapshots import content_of
from orders.status import Fulfilment, Invoicing, Payment, Status
from orders.totals import exact_amount, write_totals
from salesops.money import CarriedRounding, split_tax
from salesops.numbering.numbers import house_day, reserve_numbers
from salesops.worktime.queries import house_clock

STEPS = (
    (Status.REVIEWED, "reviewed_at", 10),
    (Status.ENTERED, "entered_at", 25),
    (Status.VERIFIED, "verified_at", 45),
    (Status.CONFIRMED, "confirmed_at", 70),
    (Status.RELEASED, "released_at", 90),
)
"""The usual way of an order with the working minutes after it was received."""


class HistoryWriter:
    """Orders with lines, diary and first snapshot, each in the state its dates say."""

    def __init__(
        self, company: DemoCompany, people: People, products: dict[int, Product], customers: dict[str, Customer]
    ) -> None:
        self.company, self.people, self.products, self.customers = company, people, products, customers
        self.clock = house_clock()
        self.rounding = CarriedRounding()
        self.addresses = {address.customer_id: address for address in Address.objects.all()}
        self.profiles = {profile.customer_id: profile for profile in InvoiceProfile.objects.all()}

    def write(self, now: datetime, received: dict[str, datetime]) -> dict[str, Order]:
        """Write all orders; answers them by their number in the sample. ``received`` moves single ones to a moment."""
        made = [self._order(place, source, now, received) for place, source in enumerate(self.company.orders)]
        Order.objects.bulk_create([order for order, _lines in made], batch_size=200)
        OrderLine.objects.bulk_create([line for _order, lines in made for line in lines], batch_size=500)
        OrderSnapshot.objects.bulk_create(
            [
                OrderSnapshot(
                    order=order, revision=0, by=order.created_by, at=order.created_at, content=content_of(order, lines)
                )
                for order, lines in made
            ],
            batch_size=200,
        )
        OrderEvent.objects.bulk_create(
            [event for order, _lines in made for event in self._diary(order)], batch_size=500
        )
        return {order.source_number: order for order, _lines in made}

    def _order(
        self, place: int, source: DemoOrder, now: datetime, moved: dict[str, datetime]
    ) -> tuple[Order, list[OrderLine]]:
        customer = self.customers[source.customer]
        state = Status.RECEIVED if source.shipped_on is None else Status.COMPLETED
        received = moved.get(source.source_number) or self._received(place, source)
        address = self.addresses[customer.pk]
        clerk = customer.clerk or self.people.clerks[0]
        order = Order(
            number=reserve_numbers("SO", house_day(received), 1)[0], customer=customer, customer_name=customer.name,
            team=customer.team, salesperson=self.people.sellers[source.seller], owner=clerk,
            channel=list(Order.Channel)[place % 5], source_number=source.source_number,
            customer_po=f"PO{source.source_number}" if place % 3 == 0 else "", state=state, received_at=received,
            sent_at=received - timedelta(minutes=6), requested_on=source.required_on, promised_on=source.required_on,
            ship_method=source.carrier, payment_terms=customer.payment_terms, ship_to=str(address),
            ship_to_receiver=address.receiver, ship_to_phone=address.phone,
            invoice_profile=self.profiles[customer.pk], created_at=received, created_by=clerk, updated_at=received,
            updated_by=clerk, due_at=self.clock.add(received, 240 + len(source.lines)),
        )  # fmt: skip
        lines = [self._line(order, position, source, row) for position, row in enumerate(source.lines, 1)]
        write_totals(order, lines)
        self._write_dates(order, lines, source, now)
        return order, lines

    def _line(self, order: Order, position: int, source: DemoOrder, row: Any) -> OrderLine:
        product = self.products[row.product]
        exact = exact_amount(row.quantity, row.price, row.discount)
        amount = self.rounding.take(exact)
        net, tax = split_tax(amount, product.tax_rate, order.currency)
        return OrderLine(
            order=order, position=position, product=product, product_code=product.code, product_name=product.name,
            spec=product.spec, unit=product.unit, quantity=row.quantity, unit_price=row.price,
            list_price=product.list_price, price_reason=gettext_noop("List price"), discount=row.discount,
            tax_rate=product.tax_rate, net=net, tax=tax, amount=amount, source_amount=exact,
            shipped_quantity=row.quantity if source.shipped_on else 0,
        )  # fmt: skip

    def _received(self, place: int, source: DemoOrder) -> datetime:
        """A moment of the day it was ordered on, never at lunch."""
        moment = at(source.ordered_on, time(8, 40 + place % 20)) + timedelta(minutes=place * 37 % 430)
        return self.clock.add(moment, 0) if self.clock.stretches_on(source.ordered_on) else moment

    def _write_dates(self, order: Order, lines: list[OrderLine], source: DemoOrder, now: datetime) -> None:
        if source.shipped_on is None:
            return
        for _status, field, minutes in STEPS:
            setattr(order, field, min(self.clock.add(order.received_at, minutes), now))
        order.entered_by = order.owner
        order.shipped_at = at(source.shipped_on, time(16, 30))
        order.completed_at = order.shipped_at + timedelta(days=2)
        order.fulfilment = Fulfilment.SIGNED
        order.due_at = None
        if now - order.shipped_at > timedelta(days=60):
            order.state, order.closed_at = Status.CLOSED, order.shipped_at + timedelta(days=45)
            order.invoicing, order.payment = Invoicing.FULL, Payment.PAID
        else:
            order.completed_at = min(order.completed_at, now)
        for line in lines:
            line.invoiced_quantity = line.quantity if order.invoicing == Invoicing.FULL else Decimal(0)

    def _diary(self, order: Order) -> list[OrderEvent]:
        events = [
            OrderEvent(
                order=order, kind="created", by=order.created_by, at=order.created_at,
                after={"line_count": order.line_count, "total": str(order.total)},
            )
        ]  # fmt: skip
        before = str(Status.RECEIVED)
        last = [("completed_at", Status.COMPLETED), ("closed_at", Status.CLOSED)]
        for field, status in [(field, status) for status, field, _minutes in STEPS] + last:
            at = getattr(order, field)
            if at is None:
                continue
            by = self.people.manager if status == Status.CONFIRMED else order.owner
            events.append(
                OrderEvent(
                    order=order, kind="moved", by=by, at=at, before={"state": before}, after={"state": str(status)}
                )
            )
            before = str(status)
        return events
