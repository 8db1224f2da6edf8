"""What the approval rules read of an order, each value only when a rule asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from django.db.models import Max, Q, QuerySet

from orders.desk.credit import CreditState, credit_of, in_house_currency, still_to_pay
from orders.desk.replaced import CameBack, GoodsRead, came_back, is_free
from orders.models import Order, OrderLine
from orders.models.order import OrderQuerySet
from orders.searching import po_spellings, same_goods
from orders.status import Payment, Status
from salesops.prepared import Prepared

DEAD = (Status.CANCELLED, Status.REJECTED)
SOLD = (Status.CONFIRMED, Status.RELEASED, Status.COMPLETED, Status.CLOSED)
MOST_NAMED = 5


def _with_po(customer: Any, spellings: Any, besides: Any) -> QuerySet[Order, str]:
    same = Order.objects.filter(customer=customer, customer_po__in=spellings).exclude(state__in=DEAD)
    return same.exclude(pk__in=besides).values_list("number", flat=True)[:MOST_NAMED]


_WITH_PO = Prepared(_with_po)


def numbers_with_po(customer: int, po: str, besides: int | None) -> list[str]:
    """Numbers of the customer's live orders with this PO number, the newest first, ``besides`` one order.

    What that one replaces, or what replaces it, carries the same PO rightly.
    """
    asked = {"customer": customer, "spellings": po_spellings(po)}
    found = _WITH_PO.rows(**asked, besides=[besides or 0])
    # Asked only now: hardly any order has the PO of another.
    return _WITH_PO.rows(**asked, besides=same_goods([besides])[besides]) if found and besides else found


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A row as the rules see it; money in house currency, tax included."""

    position: int
    name: str
    product_id: int | None
    quantity: Decimal
    amount: Decimal
    floor_price: Decimal | None
    list_price: Decimal | None
    discount: Decimal


class RowRead(GoodsRead, Protocol):
    """What of a stored row its facts are made of."""

    @property
    def product_code(self) -> str: ...
    @property
    def list_price(self) -> Decimal | None: ...
    @property
    def discount(self) -> Decimal: ...


class Facts(Protocol):
    """Everything a rule may ask of an order."""

    @property
    def lines(self) -> list[LineFacts]: ...
    @property
    def sold_lines(self) -> list[LineFacts]: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def still_to_pay(self) -> Decimal: ...
    @property
    def credit(self) -> CreditState: ...
    @property
    def overdue(self) -> list[str]: ...
    @property
    def is_first(self) -> bool: ...
    @property
    def same_po(self) -> list[str]: ...
    @property
    def customer_po(self) -> str: ...
    @property
    def most_bought(self) -> dict[int, Decimal]: ...


class OrderFacts:
    """The facts of one order, read once each; ``rows`` are its lines where they are at hand or not stored yet.

    ``looking_back`` leaves out the orders that came in after it: nobody could have held it against those. Of
    many orders at once ``chunk_facts`` reads the same.
    """

    def __init__(self, order: Order, rows: Iterable[OrderLine] | None = None, *, looking_back: bool = False) -> None:
        self.order = order
        self._given = None if rows is None else list(rows)
        self._looking_back = looking_back

    @cached_property
    def _rows(self) -> list[OrderLine]:
        return self.order.lines_with_products() if self._given is None else self._given

    @cached_property
    def lines(self) -> list[LineFacts]:
        """The rows with their products' floor prices of today."""
        return [
            line_facts(line, line.product.floor_price if line.product else None, self.order.exchange_rate)
            for line in self._rows
        ]

    @cached_property
    def sold_lines(self) -> list[LineFacts]:
        """The rows but for those that only replace what the customer sent back: those have no price to judge."""
        replaced = self._replaced
        return [line for line in self.lines if line.position not in replaced] if replaced else self.lines

    @cached_property
    def _replaced(self) -> frozenset[int]:
        """Positions of such rows; asked only where a row costs nothing."""
        if self.order.pk is None or not any(is_free(row) for row in self._rows):
            return frozenset()
        return came_back([self.order.pk]).get(self.order.pk, CameBack()).rows_replacing(self._rows)

    @cached_property
    def total(self) -> Decimal:
        """The order's total in house currency."""
        return in_house_currency(self.order)

    @cached_property
    def still_to_pay(self) -> Decimal:
        """What of it uses credit."""
        return still_to_pay(self.order, self._rows)

    @cached_property
    def credit(self) -> CreditState:
        """The customer's credit without this order; nothing is added up where no limit was agreed."""
        if self.order.customer.credit_limit is None:
            return CreditState(None, Decimal(0))
        return credit_of(self.order.customer, besides=self.order)

    @cached_property
    def overdue(self) -> list[str]:
        """Numbers of the customer's orders whose payment is overdue."""
        return self._numbers(Q(payment=Payment.OVERDUE))

    @cached_property
    def is_first(self) -> bool:
        """Whether the customer had no confirmed order before this one came in."""
        earlier = self._others.filter(received_at__lt=self.order.received_at, state__in=SOLD)
        return not earlier.exists()

    @cached_property
    def same_po(self) -> list[str]:
        """Numbers of the customer's live orders with the same PO number, but for those of the same goods."""
        if not self.order.customer_po:
            return []
        if not self._looking_back:
            return numbers_with_po(self.order.customer_id, self.order.customer_po, self.order.pk)
        same = Q(customer_po__in=po_spellings(self.order.customer_po))
        found = self._numbers(same)
        return self._numbers(same & ~Q(pk__in=same_goods([self.order.pk])[self.order.pk])) if found else found

    @property
    def customer_po(self) -> str:
        """The customer's own number of this order."""
        return self.order.customer_po

    @cached_property
    def most_bought(self) -> dict[int, Decimal]:
        """By product, the largest quantity of one row this customer ever had confirmed."""
        products = {line.product_id for line in self.lines if line.product_id}
        rows = OrderLine.objects.filter(
            order__customer_id=self.order.customer_id, order__state__in=SOLD, product_id__in=products
        ).exclude(order_id=self.order.pk)
        if self._looking_back:
            rows = rows.filter(order__received_at__lt=self.order.received_at)
        found = rows.order_by().values("product_id").annotate(most=Max("quantity"))
        return {each["product_id"]: each["most"] for each in found}

    @property
    def _others(self) -> OrderQuerySet:
        rows = Order.objects.filter(customer_id=self.order.customer_id).exclude(state__in=DEAD)
        if self._looking_back:
            rows = rows.filter(received_at__lt=self.order.received_at)
        return rows.exclude(pk=self.order.pk).order_by()

    def _numbers(self, narrowed: Q) -> list[str]:
        return list(self._others.filter(narrowed).order_by("-pk").values_list("number", flat=True)[:MOST_NAMED])


def line_facts(line: RowRead, floor_price: Decimal | None, exchange_rate: Decimal) -> LineFacts:
    """A stored row as the rules see it; ``floor_price`` is its product's of today."""
    return LineFacts(
        position=line.position,
        name=" ".join(part for part in (line.product_code, line.product_name) if part),
        product_id=line.product_id,
        quantity=line.quantity,
        amount=line.amount * exchange_rate,
        floor_price=floor_price,
        list_price=line.list_price,
        discount=line.discount,
    )
