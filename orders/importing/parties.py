"""The customers and products a sheet speaks of, each staged once when first met."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal

from customers.importing.matching import CustomerBook, Match, ProductBook
from customers.models import Product
from orders.importing.staging import Stage


@dataclass(slots=True)
class Party:
    """A staged customer or product: its id in the stage, its name, and what became of it."""

    pk: int
    name: str
    match: Match
    code: str = ""


@dataclass
class StagedCustomers:
    """Customers by the key a sheet gives them: the code, else the name with its spaces tidied."""

    stage: Stage
    book: CustomerBook
    known: dict[tuple[str, str], Party] = field(default_factory=dict)
    other_names: dict[str, set[str]] = field(default_factory=dict)  # code -> further names the sheet uses
    same_names: int = 0

    def take(self, code: str, name: str) -> tuple[Party, bool]:
        """(the customer, whether it was met for the first time)."""
        key = ("code", code) if code else ("name", name)
        party = self.known.get(key)
        if party is not None:
            if code and name and name != party.name:
                if party.name == party.code:
                    party.name = name
                    self.stage.flush()
                    self.stage.change("UPDATE customers SET name = ? WHERE id = ?", (name, party.pk))
                else:
                    self.other_names.setdefault(code, set()).add(name)
            return party, False
        match = self.book.find(code, name)
        self.same_names += match.same_name
        party = Party(len(self.known) + 1, name or code, match, code)
        self.known[key] = party
        return party, True

    def keep(self, party: Party, fields: dict[str, str], *, listed: bool = False) -> None:
        """Stage a customer met for the first time, with what its first row says about it."""
        self.stage.add(
            "customers",
            (party.pk, party.code, party.name, party.match.pk, _as_json(fields), int(listed)),
        )


@dataclass
class StagedProducts:
    """Products by code, else barcode, else exact name."""

    stage: Stage
    book: ProductBook
    known: dict[tuple[str, str], Party] = field(default_factory=dict)
    other_names: dict[str, set[str]] = field(default_factory=dict)

    def take(self, code: str, barcode: str, name: str) -> tuple[Party, bool]:
        """(the product, whether it was met for the first time)."""
        key = ("code", code) if code else ("barcode", barcode) if barcode else ("name", name)
        party = self.known.get(key)
        if party is not None:
            if name and name != party.name and key[0] != "name":
                if not party.name:
                    party.name = name
                    self.stage.flush()
                    self.stage.change("UPDATE products SET name = ? WHERE id = ?", (name, party.pk))
                else:
                    self._note_name(key[1], name)
            return party, False
        party = Party(len(self.known) + 1, name, self.book.find(code, barcode, name), code)
        self.known[key] = party
        return party, True

    def keep(self, party: Party, barcode: str, fields: dict[str, str], *, listed: bool = False) -> None:
        """Stage a product met for the first time."""
        self.stage.add(
            "products",
            (party.pk, party.code, barcode, party.name, party.match.pk, _as_json(fields), int(listed)),
        )

    def list_price(self, pk: int | None) -> Decimal | None:
        """Our own price of a known product."""
        return Product.objects.filter(pk=pk).values_list("list_price", flat=True).first() if pk else None

    def _note_name(self, code: str, name: str) -> None:
        names = self.other_names.setdefault(code, set())
        if len(names) < 5:
            names.add(name)


def _as_json(fields: dict[str, str]) -> str:
    return json.dumps(fields, ensure_ascii=False) if fields else ""
