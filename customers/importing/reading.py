"""One row of a customer or product sheet as texts, or the reason why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from customers.importing.making import kind_of_tax_number
from customers.importing.matching import tidy
from customers.models import TaxRate
from customers.validation import check_tax_number, errors_of, normalise_tax_number
from salesops.spreadsheets.faults import CellProblem, gettext_noop
from salesops.spreadsheets.tables import Cell, FieldSpec
from salesops.spreadsheets.values import to_code, to_decimal, to_flag, to_text

NO_NAME = gettext_noop("The name is missing.")
CODE_TWICE = gettext_noop("The sheet has this record twice.")
NEGATIVE = gettext_noop("The figure must not be negative.")
BAD_MAIL = gettext_noop("This is not a mail address.")
LARGEST = Decimal(10) ** 12


class RecordRefused(Exception):  # noqa: N818  # a refusal, not an accident
    """A row cannot be taken: field, value and reason."""

    def __init__(self, field_name: str, value: str, reason: str, values: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.field = field_name
        self.value = value
        self.reason = reason
        self.values = values or {}


@dataclass
class RecordRow:
    """What one row says."""

    number: int
    code: str
    name: str
    barcode: str = ""
    texts: dict[str, Any] = field(default_factory=dict)


class RowReader:
    """Reads the rows of one table. Columns for teams, salespeople or rights have no field here and are never read."""

    def __init__(self, specs: Sequence[FieldSpec], columns: dict[str, int], owner: str) -> None:
        self._specs = [spec for spec in specs if spec.name in columns]
        self._columns = columns
        self._owner = owner

    def read(self, number: int, cells: list[Cell]) -> RecordRow:
        """The row; RecordRefused with the field that stops it."""
        texts: dict[str, Any] = {}
        for spec in self._specs:
            cell = cells[self._columns[spec.name]]
            if cell is None:
                continue
            try:
                value = self._value(spec, cell)
            except CellProblem as problem:
                raise RecordRefused(spec.name, str(cell)[:80], problem.msgid, problem.values) from None
            if value not in (None, ""):
                texts[spec.name] = value
        code = texts.pop(f"{self._owner}_code", "")
        name = texts.pop(f"{self._owner}_name", "")
        barcode = texts.pop("barcode", "")
        if not name:
            name = self._name_instead(texts, code)
        if not name:
            raise RecordRefused(f"{self._owner}_name", "", NO_NAME)
        self._check(texts)
        return RecordRow(number, code, name, barcode, texts)

    def _name_instead(self, texts: dict[str, Any], code: str) -> str:
        """A list of members has a number and a contact for each; the contact is the customer."""
        return str(texts.get("contact", "")) if self._owner == "customer" and code else ""

    def _value(self, spec: FieldSpec, cell: Cell) -> Any:
        if spec.kind in {"money", "number"}:
            value = to_decimal(cell)
            if value is not None and not 0 <= value < LARGEST:
                raise CellProblem(NEGATIVE)
            return None if value is None or (not value and spec.name == "pack_size") else str(value)
        if spec.kind == "flag":
            return to_flag(cell)
        if spec.kind == "tax_rate":
            return _tax_rate(cell)
        if spec.kind in {"code", "phone"}:
            return to_code(cell, max_length=spec.max_length)
        return tidy(to_text(cell, max_length=spec.max_length))

    def _check(self, texts: dict[str, Any]) -> None:
        number = normalise_tax_number(str(texts.get("tax_number", "")))
        if number:
            kind = kind_of_tax_number(number, str(texts.get("country", "")))
            wrong = errors_of(check_tax_number(kind, number))
            if wrong:
                raise RecordRefused("tax_number", number, wrong[0].msgid, dict(wrong[0].values))
        email = str(texts.get("email", ""))
        if email and ("@" not in email or " " in email):
            raise RecordRefused("email", email, BAD_MAIL)


def _tax_rate(cell: Cell) -> str:
    """A TaxRate value; "" for what is none."""
    text = to_text(cell).rstrip("%％ ")
    words = {"免税": TaxRate.EXEMPT.value, "不征税": TaxRate.OUTSIDE.value}
    if text in words:
        return words[text]
    try:
        rate = Decimal(text)
    except ArithmeticError:
        return ""
    shown = str(int(rate * 100 if 0 < rate < 1 else rate))
    return shown if shown in TaxRate.values else ""
