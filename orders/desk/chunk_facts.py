"""The facts of many orders at once, each as it stood when it came in: a fixed number of statements for all of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import accumulate, islice
from typing import NamedTuple

from django.db.models import Max, Min, QuerySet

from orders.desk.credit import CreditState, credit_used_by_customers, credit_used_by_orders, still_to_pay
from orders.desk.facts import DEAD, MOST_NAMED, SOLD, LineFacts, OrderFacts, line_facts
from orders.desk.replaced import CameBack, came_back
from orders.models import Order, OrderLine
from orders.models.order import OrderQuerySet
from orders.searching import po_spellings, same_goods
from orders.status import Payment
from salesops.money import round_money

_OF_ORDERS = (
    "number", "customer_name", "customer_po", "received_at", "payment", "currency", "exchange_rate", "total",
    "customer__credit_limit",
)  # fmt: skip

Named = tuple[int, datetime, str]
"""Id, receipt and number of an order that may be named."""
Bought = tuple[int, int | None]
"""Customer and product."""


class _Row(NamedTuple):
    """A row without the model around it, which would take several times as long as reading it."""

    order_id: int
    position: int
    product_id: int | None
    product_code: str
    product_name: str
    quantity: Decimal
    shipped_quantity: Decimal
    returned_quantity: Decimal
    cancelled_quantity: Decimal
    amount: Decimal
    list_price: Decimal | None
    discount: Decimal
    product__floor_price: Decimal | None


def facts_looking_back(orders: Collection[int]) -> list[ChunkFacts]:
    """What ``OrderFacts(order, looking_back=True)`` says of each of these orders, each value read once for all."""
    rows = Order.objects.filter(pk__in=orders).select_related("customer").only(*_OF_ORDERS).order_by()
    chunk = _Chunk(list(rows))
    return [ChunkFacts(order, chunk) for order in chunk.orders]


class ChunkFacts(OrderFacts):
    """One order's share of what was read for its chunk."""

    def __init__(self, order: Order, chunk: _Chunk) -> None:
        super().__init__(order, looking_back=True)
        self._chunk = chunk

    @cached_property
    def lines(self) -> list[LineFacts]:
        """The rows with their products' floor prices of today."""
        rate = self.order.exchange_rate
        return [line_facts(row, row.product__floor_price, rate) for row in self._chunk.rows[self.order.pk]]

    @cached_property
    def _replaced(self) -> frozenset[int]:
        """Positions of the rows that only replace what the customer sent back."""
        back = self._chunk.came_back.get(self.order.pk)
        return back.rows_replacing(self._chunk.rows[self.order.pk]) if back else frozenset()

    @cached_property
    def still_to_pay(self) -> Decimal:
        """What of it uses credit."""
        return still_to_pay(self.order, self._chunk.rows[self.order.pk])

    @cached_property
    def credit(self) -> CreditState:
        """The customer's credit without this order."""
        limit = self.order.customer.credit_limit
        if limit is None:
            return CreditState(None, Decimal(0))
        used = self._chunk.used.get(self.order.customer_id, Decimal(0))
        return CreditState(limit, round_money(used - self._chunk.used_itself.get(self.order.pk, Decimal(0))))

    @cached_property
    def overdue(self) -> list[str]:
        """Numbers of the customer's orders whose payment is overdue."""
        return self._earlier(self._chunk.overdue[self.order.customer_id])

    @cached_property
    def is_first(self) -> bool:
        """Whether the customer had no confirmed order before this one came in."""
        first = self._chunk.first_sold.get(self.order.customer_id)
        return first is None or first >= self.order.received_at

    @cached_property
    def same_po(self) -> list[str]:
        """Numbers of the customer's earlier live orders with the same PO number, but for those of the same goods."""
        if not self.order.customer_po:
            return []
        named = self._chunk.with_po[self.order.customer_id]
        found = {each for spelling in self._chunk.spellings[self.order.customer_po] for each in named[spelling]}
        if not self._earlier(found):
            return []
        goods = self._chunk.same_goods[self.order.pk]  # asked only now: few orders have the PO of another
        return self._earlier(sorted((each for each in found if each[0] not in goods), reverse=True))

    @cached_property
    def most_bought(self) -> dict[int, Decimal]:
        """By product, the largest quantity of one row the customer had confirmed before."""
        products = {line.product_id for line in self.lines if line.product_id}
        found = ((product, self._most(product)) for product in products)
        return {product: most for product, most in found if most is not None}

    def _most(self, product: int) -> Decimal | None:
        key = (self.order.customer_id, product)
        moments, most = self._chunk.bought_since.get(key, ([], []))
        place = bisect_left(moments, self.order.received_at)
        known = [self._chunk.bought_before.get(key), most[place - 1] if place else None]
        return max((each for each in known if each is not None), default=None)

    def _earlier(self, newest_first: Iterable[Named]) -> list[str]:
        numbers = (number for _pk, received, number in newest_first if received < self.order.received_at)
        return list(islice(numbers, MOST_NAMED))


class _Chunk:
    """Some orders and what is read for all of them, each with one statement, when it is first asked for."""

    def __init__(self, orders: list[Order]) -> None:
        self.orders = orders
        self._ids = [order.pk for order in orders]
        self._customers = {order.customer_id for order in orders}
        self._with_limit = {order.customer_id for order in orders if order.customer.credit_limit is not None}

    @cached_property
    def rows(self) -> dict[int, list[_Row]]:
        """The rows of each order, with their products' floor prices."""
        rows = OrderLine.objects.filter(order__in=self._ids).order_by("order_id", "position")
        found: dict[int, list[_Row]] = defaultdict(list)
        for row in map(_Row._make, rows.values_list(*_Row._fields)):
            found[row.order_id].append(row)
        return found

    @cached_property
    def came_back(self) -> dict[int, CameBack]:
        """By order, what came back that it replaces."""
        return came_back(self._ids)

    @cached_property
    def used(self) -> dict[int, Decimal]:
        """By customer, the credit in use, of those who have a limit."""
        return credit_used_by_customers(self._with_limit)

    @cached_property
    def used_itself(self) -> dict[int, Decimal]:
        """By order, what it uses of that itself."""
        return credit_used_by_orders(order.pk for order in self.orders if order.customer_id in self._with_limit)

    @cached_property
    def overdue(self) -> dict[int, list[Named]]:
        """By customer, the overdue orders, newest first."""
        found: dict[int, list[Named]] = defaultdict(list)
        rows = self._live.filter(payment=Payment.OVERDUE).order_by("-pk")
        for customer, pk, received, number in rows.values_list("customer_id", "pk", "received_at", "number"):
            found[customer].append((pk, received, number))
        return found

    @cached_property
    def first_sold(self) -> dict[int, datetime]:
        """By customer, when the first order came in that was confirmed."""
        rows = Order.objects.filter(customer__in=self._customers, state__in=SOLD).order_by()
        return {
            each["customer_id"]: each["first"] for each in rows.values("customer_id").annotate(first=Min("received_at"))
        }

    @cached_property
    def spellings(self) -> dict[str, list[str]]:
        """How each PO number may be typed."""
        return {po: po_spellings(po) for po in {order.customer_po for order in self.orders} if po}

    @cached_property
    def with_po(self) -> dict[int, dict[str, list[Named]]]:
        """By customer and PO number as it was typed, the live orders."""
        found: dict[int, dict[str, list[Named]]] = defaultdict(lambda: defaultdict(list))
        typed = {spelling for each in self.spellings.values() for spelling in each}
        rows = self._live.filter(customer_po__in=typed).order_by()
        fields = ("customer_id", "customer_po", "pk", "received_at", "number")
        for customer, po, pk, received, number in rows.values_list(*fields):
            found[customer][po].append((pk, received, number))
        return found

    @cached_property
    def same_goods(self) -> dict[int, set[int]]:
        """By order, the ids of those that replaced what came back."""
        return same_goods(self._ids)

    @cached_property
    def bought_before(self) -> dict[Bought, Decimal]:
        """By customer and product, the largest quantity sold before the first of these orders came in."""
        rows = self._sold_rows.filter(order__received_at__lt=self._first).values("order__customer_id", "product_id")
        found = rows.annotate(most=Max("quantity")).values_list("order__customer_id", "product_id", "most")
        return {(customer, product): most for customer, product, most in found}

    @cached_property
    def bought_since(self) -> dict[Bought, tuple[list[datetime], list[Decimal]]]:
        """By customer and product, the moments of the sales since then, and the largest quantity up to each."""
        last = max(order.received_at for order in self.orders)
        rows = self._sold_rows.filter(order__received_at__gte=self._first, order__received_at__lt=last)
        found: dict[Bought, list[tuple[datetime, Decimal]]] = defaultdict(list)
        for customer, product, received, quantity in rows.order_by("order__received_at").values_list(
            "order__customer_id", "product_id", "order__received_at", "quantity"
        ):
            found[customer, product].append((received, quantity))
        return {
            key: ([received for received, _most in sales], list(accumulate((each for _at, each in sales), max)))
            for key, sales in found.items()
        }

    @property
    def _first(self) -> datetime:
        return min(order.received_at for order in self.orders)

    @property
    def _live(self) -> OrderQuerySet:
        return Order.objects.filter(customer__in=self._customers).exclude(state__in=DEAD)

    @property
    def _sold_rows(self) -> QuerySet[OrderLine]:
        """What these customers were sold of the products in these orders; a few pairs too many cost less than telling
        the database which customer is asked about which product."""
        products = OrderLine.objects.filter(order__in=self._ids, product__isnull=False).order_by().values("product")
        rows = OrderLine.objects.filter(order__customer__in=self._customers, order__state__in=SOLD)
        return rows.filter(product__in=products).order_by()
