"""Finding the customers and products a sheet speaks of among those already known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from customers.models import Customer, Product
from salesops.chinese import normalise_company_name

if TYPE_CHECKING:
    from staff.models import User

Verdict = Literal["matched", "new", "conflict", "hidden"]

_GENERATED = re.compile(r"C\d{6,}")
"""Codes given here to customers whose sheet or form had none."""


def tidy(text: str) -> str:
    """A name as a sheet means it: outer spaces gone, inner ones single."""
    return " ".join(text.split())


@dataclass(frozen=True)
class Match:
    """What became of one customer or product of the sheet."""

    verdict: Verdict
    pk: int | None = None
    same_name: bool = False  # new, although another record carries the same name under another code


@dataclass
class CustomerBook:
    """Every known customer by code and by name, and which of them the uploader may see."""

    by_code: dict[str, int] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    generated: set[int] = field(default_factory=set)
    visible: set[int] | None = None  # None: all

    @classmethod
    def load(cls, user: User | None) -> CustomerBook:
        """All customers in one pass; without a person (the command line) everything is visible."""
        book = cls()
        rows = Customer.objects.order_by("pk").values_list("pk", "code", "name", "former_names")
        for pk, code, name, former in rows.iterator(chunk_size=5000):
            book.by_code[code.casefold()] = pk
            if _GENERATED.fullmatch(code):
                book.generated.add(pk)
            for known in {normalise_company_name(str(one)) for one in (name, *former)}:
                book.by_name.setdefault(known, []).append(pk)
        if user is not None:
            seen = Customer.objects.visible_to(user)
            book.visible = set(seen.order_by().values_list("pk", flat=True))
        return book

    def find(self, code: str, name: str) -> Match:
        """By code; else by exact normalised name, present or former. Several of that name are a conflict.

        A code that nobody has means another customer, even where the name is known: two customers may share a
        name. Only a customer whose code was made here (their sheet had none) is found by name all the same.
        """
        if code:
            pk = self.by_code.get(code.casefold())
            if pk is not None:
                return self._seen(pk)
        same = self.by_name.get(normalise_company_name(name), []) if name else []
        if code:
            own = [pk for pk in same if pk in self.generated]
            return self._seen(own[0]) if len(own) == 1 == len(same) else Match("new", same_name=bool(same))
        if len(same) > 1:
            return Match("conflict")
        return self._seen(same[0]) if same else Match("new")

    def _seen(self, pk: int) -> Match:
        return Match("matched" if self.visible is None or pk in self.visible else "hidden", pk)


@dataclass
class ProductBook:
    """Every known product by code, barcode and name."""

    by_code: dict[str, int] = field(default_factory=dict)
    by_barcode: dict[str, list[int]] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def load(cls) -> ProductBook:
        """All products in one pass."""
        book = cls()
        rows = Product.objects.order_by("pk").values_list("pk", "code", "barcode", "name")
        for pk, code, barcode, name in rows.iterator(chunk_size=5000):
            book.by_code[code.casefold()] = pk
            if barcode:
                book.by_barcode.setdefault(barcode, []).append(pk)
            book.by_name.setdefault(name.strip(), []).append(pk)
        return book

    def find(self, code: str, barcode: str, name: str) -> Match:
        """By code; else by barcode; else by the exact name. Several of one name are a conflict."""
        if code:
            pk = self.by_code.get(code.casefold())
            return Match("matched", pk) if pk is not None else Match("new")
        if barcode:
            same = self.by_barcode.get(barcode, [])
            if same:
                return Match("matched", same[0]) if len(same) == 1 else Match("conflict")
        same = self.by_name.get(name.strip(), []) if name else []
        if not same:
            return Match("new")
        if barcode:  # another barcode under the same name is another product
            return Match("new", same_name=True)
        return Match("matched", same[0]) if len(same) == 1 else Match("conflict")


def taken_codes(model: type[Customer] | type[Product], codes: Iterable[str]) -> dict[str, int]:
    """Which of the codes are in the books by now: code -> id."""
    wanted = list(codes)
    found: dict[str, int] = {}
    for at in range(0, len(wanted), 500):
        part = wanted[at : at + 500]
        found.update(model._default_manager.filter(code__in=part).values_list("code", "pk"))
    return found
