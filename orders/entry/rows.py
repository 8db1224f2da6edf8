"""What the entry page is told about its rows: product, price with its reason, amounts and checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, gettext_noop

from customers.models import Customer, CustomerPartNumber, Product
from customers.pricing import PriceBook
from customers.queries import open_price_book
from orders.desk.replaced import CameBack, came_back
from orders.entry.checks import Check, Habit, Habits, Remedy, Row, check_row, read_habits
from orders.forms.entry import EntryLineForm, EntryRows, text_of
from orders.models import Order, OrderLine
from orders.origins import KeptOrigins
from orders.prices import tell_reason
from orders.requests.cells import is_same_unit
from orders.rows import MAX_AMOUNT
from orders.snapshots import plain_value
from orders.totals import exact_amount
from salesops.money import add_tax, round_money, split_tax
from salesops.numbering.numbers import house_day
from salesops.worktime.clock import Clock
from salesops.worktime.queries import house_clock

if TYPE_CHECKING:
    from staff.models import User

_MOST_SHOWN = 100  # products a customer buys that the page knows without asking
_LAST_ORDERS = 20
_OTHER_UNIT = gettext_noop(
    "The customer counts in %(unit)s; %(code)s is sold by %(own)s. Say how many %(own)s that is."
)


def includes_tax(customer: Customer | None, order: Order | None) -> bool:
    """Whether the prices on the page hold tax: as the order says, else as the customer's price list does."""
    if order is not None:
        return order.prices_include_tax
    return customer.price_list.includes_tax if customer is not None and customer.price_list else True


@dataclass(slots=True)
class RowReader:
    """Answers for the rows of one page, with what they need read once for all of them."""

    customer: Customer | None
    order: Order | None
    today: date
    clock: Clock
    book: PriceBook | None = None
    habits: Habits | None = None
    parts: dict[int, str] | None = None
    wants_parts: bool = True  # whether the answers tell what the customer calls each product
    back: CameBack | None = None  # what the order replaces, read when a row costs nothing

    def read(self, forms: EntryRows) -> list[dict[str, Any]]:
        """One answer a row: what the product fills in, the price and why, amounts, checks."""
        forms.is_valid()
        products = [form.found for form in forms.forms if form.found is not None]
        self._open(products)
        return [self._answer(key, row, form) for key, row, form in forms.by_key()]

    def _open(self, products: list[Product]) -> None:
        if self.customer is None or not products:
            self.habits, self.parts = Habits(), {}
            return
        ids = {product.pk for product in products}
        gross = includes_tax(self.customer, self.order)
        self.book = open_price_book(self.customer, products)
        currency = self.order.currency if self.order else ""
        self.habits = read_habits(self.customer, ids, besides=self.order, gross=gross, currency=currency)
        if self.wants_parts:
            numbers = CustomerPartNumber.objects.filter(customer=self.customer, product__in=ids)
            self.parts = dict(numbers.order_by("-pk").values_list("product_id", "number"))

    def _answer(self, key: str, row: Mapping[str, Any], form: EntryLineForm) -> dict[str, Any]:
        values = form.cleaned_data if hasattr(form, "cleaned_data") else {}
        product = form.found
        found = [*_unread(row), *_faults(form), *_counted_otherwise(row, product)]
        answer: dict[str, Any] = {"key": key, "checks": [check.plain() for check in found]}
        if row.get("from", {}).get("unit") == "typed":
            answer |= {"quantity": text_of(row.get("quantity")), "unit": text_of(row.get("unit"))}
        if product is not None:
            part = (self.parts or {}).get(product.pk, "")
            answer["product"] = product_values(product) | {"part": part}
        quantity = values.get("quantity")
        price, reason = self._price(row, product, quantity, values.get("unit_price"))
        if price is not None:
            answer |= {"unit_price": plain_value(price), "reason": reason}
        if not quantity or not (product or values.get("product_name")):
            return answer
        discount = (values.get("percent") or Decimal(0)) / 100
        is_free = price is not None and price * (1 - discount) == 0
        is_replaced = is_free and self._replaces(product, values.get("product_name") or "", quantity)
        asked = Row(quantity, product, price, discount, values.get("due_on"), is_replaced)
        habit = self.habits.of(product) if self.habits is not None else Habit()
        if "unit_price" not in form.errors:
            checks = check_row(asked, habit, self.clock, self.today)
            answer["checks"] += [check.plain() for check in checks]
        if price is not None:
            rate = values.get("tax_rate") or (product.tax_rate if product else "")
            answer |= self._amounts(quantity, price, discount, rate)
        return answer

    def _price(
        self, row: Mapping[str, Any], product: Product | None, quantity: Decimal | None, typed: Decimal | None
    ) -> tuple[Decimal | None, str]:
        if typed is not None or product is None or self.book is None:
            return typed, ""
        line = _stored(self.order, row)
        if line is not None and line.product_id == product.pk:
            return line.unit_price, tell_reason(line.price_reason)
        price, reason = self.book.price_for(product, quantity or Decimal(1), self.today)
        return price, str(reason)

    def _replaces(self, product: Product | None, name: str, quantity: Decimal) -> bool:
        """Whether a row at no price is for what the customer sent back."""
        if self.order is None:
            return False
        if self.back is None:
            self.back = came_back([self.order.pk]).get(self.order.pk, CameBack())
        return self.back.covers(product.pk if product else None, name, quantity)

    def _amounts(self, quantity: Decimal, price: Decimal, discount: Decimal, rate: str) -> dict[str, str]:
        currency = self.order.currency if self.order else (self.customer.currency if self.customer else "CNY")
        exact = round_money(exact_amount(quantity, price, discount), currency)
        if abs(exact) > MAX_AMOUNT:
            return {}
        if includes_tax(self.customer, self.order):
            net, tax = split_tax(exact, rate, currency)
            return {"net": str(net), "tax": str(tax), "amount": str(exact)}
        tax, amount = add_tax(exact, rate, currency)
        return {"net": str(exact), "tax": str(tax), "amount": str(amount)}


def _stored(order: Order | None, row: Mapping[str, Any]) -> OrderLine | None:
    kept = row.get("id")
    if order is None or not isinstance(kept, int):
        return None
    return order.lines.filter(pk=kept).first()


def _faults(form: EntryLineForm) -> list[Check]:
    """What a field refuses; a row whose quantity is still to come is unfinished, not wrong."""
    return [
        Check("error", name, str(text))
        for name, problems in form.errors.items()
        for text in problems
        if not (name == "quantity" and not form[name].value())
    ]


def _unread(row: Mapping[str, Any]) -> list[Check]:
    """What stood in the customer's sheet and could not be read, until somebody writes the value."""
    problems = row.get("problems")
    return [
        Check("error", name, gettext(problems[name][0]) % problems[name][1])
        for name in ("quantity", "unit_price", "due_on")
        if isinstance(problems, dict) and name in problems and not row.get(name)
    ]


def _counted_otherwise(row: Mapping[str, Any], product: Product | None) -> list[Check]:
    """A customer who counts in bottles what is sold by the case: nobody but the clerk knows how many cases that is."""
    unit = str(row.get("unit") or "")
    if (
        product is None
        or row.get("from", {}).get("unit") not in ("parsed", "typed")
        or is_same_unit(unit, product.unit)
    ):
        return []
    values = {"unit": unit[:20], "code": product.code, "own": product.unit}
    remedy = Remedy(gettext("Count in %(unit)s") % {"unit": product.unit}, "unit", product.unit)
    return [Check("error", "unit", gettext(_OTHER_UNIT) % values, (remedy,))]


def read_rows(
    rows: Sequence[Mapping[str, Any]], *, customer: Customer | None, order: Order | None = None
) -> list[dict[str, Any]]:
    """Answers for rows as the page sent them, in their order."""
    forms = EntryRows(rows, customer=customer, order=order)
    return RowReader(customer, order, house_day(), house_clock()).read(forms)


def check_forms(forms: EntryRows) -> tuple[list[dict[str, Any]], PriceBook | None]:
    """Answers for rows that were read already and are about to be written, and the prices they were checked with."""
    reader = RowReader(forms.customer, forms.order, house_day(), house_clock(), wants_parts=False)
    return reader.read(forms), reader.book


def product_values(product: Product) -> dict[str, Any]:
    """What a row takes from its product."""
    return {
        "code": product.code,
        "name": product.name,
        "spec": product.spec,
        "unit": product.unit,
        "tax_rate": product.tax_rate,
        "initials": product.initials,
        "gone": product.is_discontinued,
    }


def product_hits(products: Sequence[Product], customer: Customer | None) -> list[dict[str, Any]]:
    """Products as the list under the cursor shows them: with the customer's price and own number."""
    book = open_price_book(customer, products) if customer is not None and products else None
    parts: dict[int, str] = {}
    if customer is not None:
        numbers = CustomerPartNumber.objects.filter(customer=customer, product__in=[each.pk for each in products])
        parts = dict(numbers.order_by("-pk").values_list("product_id", "number"))
    hits = []
    for product in products:
        price, reason = book.price_for(product, Decimal(1), house_day()) if book else (product.list_price, "")
        hits.append(
            product_values(product)
            | {
                "part": parts.get(product.pk, ""),
                "price": plain_value(price) if price is not None else "",
                "reason": str(reason),
            }
        )
    return hits


def usual_products(customer: Customer) -> list[Product]:
    """What a customer bought in the last orders, the commonest first: found in the page without a question."""
    recent = Order.objects.filter(customer=customer, kind=Order.Kind.SALE).order_by("-received_at", "-id")
    ids = list(recent.values_list("pk", flat=True)[:_LAST_ORDERS])
    counted: dict[int, int] = {}
    for product in OrderLine.objects.filter(order__in=ids, product__isnull=False).values_list("product_id", flat=True):
        assert product is not None
        counted[product] = counted.get(product, 0) + 1
    chosen = sorted(counted, key=lambda pk: -counted[pk])[:_MOST_SHOWN]
    found = Product.objects.filter(is_discontinued=False).in_bulk(chosen)
    return [found[pk] for pk in chosen if pk in found]


def last_order(customer: Customer, user: User) -> Order | None:
    """The newest sale of the customer that this person may see; one that has no rows yet is still being entered."""
    seen = Order.objects.visible_to(user).filter(customer=customer, kind=Order.Kind.SALE, line_count__gt=0)
    return seen.order_by("-received_at", "-id").first()


def rows_of(order: Order, *, as_copy: bool, kept: KeptOrigins | None = None) -> list[dict[str, Any]]:
    """The rows of an order as the page holds them; a copy is priced anew and says where it came from.

    ``from`` is what this page does to a saved row: how its values came before is in their places.
    """
    told = KeptOrigins() if kept is None else kept
    return [_row_of(order, line, place, told, as_copy=as_copy) for place, line in enumerate(order.lines.all(), 1)]


def _row_of(order: Order, line: OrderLine, place: int, kept: KeptOrigins, *, as_copy: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "key": f"o{place}" if as_copy else f"l{line.pk}",
        "product": line.product_code if line.product_id or not as_copy else "",
        "product_name": line.product_name,
        "spec": line.spec,
        "customer_part_number": line.customer_part_number,
        "quantity": plain_value(line.quantity),
        "unit": line.unit,
        "unit_price": plain_value(line.unit_price),
        "percent": plain_value(line.discount * 100) if line.discount else "",
        "tax_rate": line.tax_rate,
        "remarks": line.remarks,
        "due_on": "",
    }
    if as_copy:
        sources = {
            name: "last"
            for name in ("product", "product_name", "customer_part_number", "quantity", "remarks")
            if row[name]
        }
        if line.product_id:
            row |= {"unit_price": ""}
            sources["unit_price"] = "default"
        origin = {name: {"how": "last", "order": order.number, "line": place, "text": row[name]} for name in sources}
        return row | {"from": sources, "origin": origin}
    row |= {"id": line.pk, "due_on": line.due_on.isoformat() if line.due_on else ""}
    row |= {"reason": tell_reason(line.price_reason), "from": {}, "why": kept.reason_of(line)}
    return row | {"origin": kept.of_line(line)}
