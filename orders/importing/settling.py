"""The customers, products and salespeople of a staged batch, found or made, ready for its orders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customers.importing.making import Maker, NewRecord, make_customers, make_products
from customers.importing.matching import CustomerBook, ProductBook
from customers.models import Customer, Product
from orders.importing.people import settle_people
from orders.importing.preparing import USED_CUSTOMERS, USED_PRODUCTS
from orders.importing.staging import Stage
from salesops.spreadsheets.faults import SheetRefused, gettext_noop

if TYPE_CHECKING:
    from staff.models import User

OUTDATED = gettext_noop("Customers or products changed since the preview. Look at the preview again before writing.")


@dataclass(slots=True)
class Buyer:
    """What an order takes over from its customer."""

    pk: int
    name: str
    team_id: int | None
    salesperson_id: int | None
    clerk_id: int | None
    payment_terms: str
    currency: str


@dataclass(slots=True)
class Goods:
    """What a line takes over from its product."""

    pk: int
    code: str
    unit: str
    spec: str
    name: str


class Parties:
    """Everybody and everything the orders of a batch point to; written inside the caller's transaction.

    Raises SheetRefused where the books changed since the preview.
    """

    def __init__(self, stage: Stage, maker: Maker) -> None:
        self._stage = stage
        self._maker = maker
        self._by: User | None = maker.by
        self.buyers: dict[int, Buyer] = {}
        self.goods: dict[int, Goods] = {}
        self.people = settle_people(stage, self._named_salespeople())
        self._settle_customers()
        self._settle_products()

    def _named_salespeople(self) -> set[str]:
        rows = self._stage.rows("SELECT DISTINCT json_extract(header, '$.salesperson') FROM orders")
        return {str(row[0]) for row in rows if row[0]}

    def _settle_customers(self) -> None:
        book = CustomerBook.load(self._by)
        fresh: list[tuple[int, NewRecord]] = []
        found: dict[int, int] = {}
        rows = self._stage.rows(f"SELECT id, code, name, matched, fields FROM customers WHERE {USED_CUSTOMERS}")  # noqa: S608
        for pk, code, name, matched, fields in rows:
            match = book.find(code, name if name != code else "")
            if match.verdict == "new" and matched is None:
                texts = json.loads(fields) if fields else {}
                seller = self.people.by_region.get(texts.get("region", ""))
                fresh.append((pk, NewRecord(code, name, texts, salesperson_id=seller)))
            elif match.verdict != "matched" or (matched is not None and match.pk != matched):
                raise SheetRefused(OUTDATED)
            else:
                found[pk] = match.pk or 0
        made = make_customers([record for _, record in fresh], self._maker)
        for (pk, _), one in zip(fresh, made, strict=True):
            self.buyers[pk] = Buyer(
                one.pk, one.name, one.team_id, one.salesperson_id, one.clerk_id, one.payment_terms, one.currency
            )
        self._load_buyers(found)

    def _load_buyers(self, found: dict[int, int]) -> None:
        known: dict[int, Buyer] = {}
        ids = sorted(set(found.values()))
        for at in range(0, len(ids), 500):
            rows = Customer.objects.filter(pk__in=ids[at : at + 500]).values_list(
                "pk", "name", "team_id", "salesperson_id", "clerk_id", "payment_terms", "currency"
            )
            known.update({row[0]: Buyer(*row) for row in rows})
        self.buyers.update({staged: known[pk] for staged, pk in found.items()})

    def _settle_products(self) -> None:
        book = ProductBook.load()
        fresh: list[tuple[int, NewRecord]] = []
        found: dict[int, int] = {}
        rows = self._stage.rows(f"SELECT id, code, barcode, name, matched, fields FROM products WHERE {USED_PRODUCTS}")  # noqa: S608
        for pk, code, barcode, name, matched, fields in rows:
            match = book.find(code, barcode, name)
            if match.verdict == "matched" and (matched is None or match.pk == matched):
                found[pk] = match.pk or 0
            elif match.verdict == "new" and matched is None:
                fresh.append((pk, NewRecord(code, name, json.loads(fields) if fields else {}, barcode)))
            elif match.verdict != "conflict":
                raise SheetRefused(OUTDATED)
        made = make_products([record for _, record in fresh], self._maker)
        for (pk, _), one in zip(fresh, made, strict=True):
            self.goods[pk] = Goods(one.pk, one.code, one.unit, one.spec, one.name)
        ids = sorted(set(found.values()))
        known: dict[int, Goods] = {}
        for at in range(0, len(ids), 500):
            part = Product.objects.filter(pk__in=ids[at : at + 500]).values_list("pk", "code", "unit", "spec", "name")
            known.update({row[0]: Goods(*row) for row in part})
        self.goods.update({staged: known[pk] for staged, pk in found.items()})
