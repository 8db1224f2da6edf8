"""Rows out of a spreadsheet's clipboard: which column holds what, remembered for each customer."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from customers.models import Customer, CustomerPartNumber, Product
from orders.errors import OrderError
from orders.forms.entry import ROW_FIELDS
from orders.requests.cells import is_counting, is_quantity, read_day, read_quantity
from orders.requests.word_rows import word_rows
from orders.rows import MAX_LINES
from orders.snapshots import plain_value
from salesops.numbering.numbers import house_day
from salesops.spreadsheets.faults import CellProblem
from salesops.spreadsheets.layout import TOTALS
from salesops.spreadsheets.mapping import fingerprint, guess_columns
from salesops.spreadsheets.models import ImportBatch, RememberedMapping
from salesops.spreadsheets.tables import FieldSpec, Table
from salesops.spreadsheets.values import detect_date_order

if TYPE_CHECKING:
    from staff.models import User

MOST_COLUMNS = 40
_PROBED = 30
_CODES = ("编码", "产品编码", "商品编码", "货号", "SKU", "code", "item", "物料编码", "型号")
_PARTS = ("客户料号", "料号", "part no", "part number", "客户编码")
_NAMES = ("名称", "品名", "产品名称", "商品名称", "货品名称", "description", "name")
_DAYS = ("交期", "交货日期", "要求到货", "到货日期", "delivery", "due date")
FIELDS: tuple[FieldSpec, ...] = (
    FieldSpec("product", gettext_noop("Product code"), _CODES, "code"),
    FieldSpec("customer_part_number", gettext_noop("Customer's part number"), _PARTS, "code"),
    FieldSpec("product_name", gettext_noop("Product name"), _NAMES),
    FieldSpec("spec", gettext_noop("Specification"), ("规格", "规格型号", "spec")),
    FieldSpec("quantity", gettext_noop("Quantity"), ("数量", "订购数量", "订货数量", "qty", "pcs"), "number"),
    FieldSpec("unit", gettext_noop("Unit"), ("单位", "uom")),
    FieldSpec("unit_price", gettext_noop("Unit price"), ("单价", "含税单价", "价格", "price"), "money"),
    FieldSpec("due_on", gettext_noop("Delivery date"), _DAYS, "date"),
    FieldSpec("remarks", gettext_noop("Remarks"), ("备注", "说明", "note", "notes")),
)
_KNOWN = frozenset(spec.name for spec in FIELDS)
_NUMBERS = ("quantity", "unit_price")
SIGNATURE = re.compile(
    r"(制单|制表|采购员|采购|经办|审核|批准|复核|签字|签章|盖章|大写|金额大写|合计大写|备注|说明|地址|电话|联系人|日期|signature|approved|prepared)[^:：]{0,12}[:：]",
    re.IGNORECASE,
)
"""How the lines below the rows of an order begin."""


@dataclass(slots=True)
class Pasted:
    """What was pasted, understood: the columns with what they were taken for, and the rows."""

    headings: list[str]
    columns: dict[str, int]
    rows: list[dict[str, Any]]
    left_out: int
    has_headings: bool
    is_said: bool = False  # words out of a chat, no cells

    def plain_columns(self) -> list[dict[str, Any]]:
        """For the page: each column with its heading, its first value and its field."""
        fields = {column: name for name, column in self.columns.items()}
        return [{"heading": heading, "field": fields.get(column, "")} for column, heading in enumerate(self.headings)]


def read_paste(text: str, *, customer: Customer | None, chosen: Mapping[str, int] | None, by: User) -> Pasted:
    """Cut pasted cells into rows and find out which column is what; a choice is remembered for the customer.

    Words out of a chat are read line by line.

    OrderError when there is nothing in it or too much.
    """
    numbers, cells = _cells(text)
    if chosen is None and len(cells[0]) == 1 and (said := _said(numbers, cells, customer)):
        return said
    headings, body, has_headings = _headed(cells)
    print_of = fingerprint(["entry", str(customer.pk if customer else 0), str(has_headings), *headings])
    if chosen:
        columns = {name: place for name, place in chosen.items() if name in _KNOWN and place < len(headings)}
        if customer is not None:
            RememberedMapping.objects.update_or_create(
                kind=ImportBatch.Kind.ORDERS,
                fingerprint=print_of,
                defaults={"mapping": columns, "used_at": timezone.now(), "used_by": by},
            )
    else:
        known = RememberedMapping.objects.filter(kind=ImportBatch.Kind.ORDERS, fingerprint=print_of).first()
        columns = dict(known.mapping) if known else _guessed(headings, body, has_headings, customer)
    rows, left_out = _rows(dict(zip(numbers[-len(body) :], body, strict=True)), columns, headings)
    return Pasted(headings, columns, rows, left_out, has_headings)


def _cells(text: str) -> tuple[list[int], list[list[str]]]:
    """The clipboard as cells: tabs between them, quotes around what holds line ends; each row with its number.

    Empty rows are left out, and counted: whoever looks at the sheet counts them too.
    """
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    try:
        table = [row[:MOST_COLUMNS] for row in csv.reader(io.StringIO(text), delimiter="\t")]
    except csv.Error:
        table = [line.split("\t")[:MOST_COLUMNS] for line in text.split("\n")]
    numbers = [number for number, row in enumerate(table, 1) if any(cell.strip() for cell in row)]
    found = [[cell.strip() for cell in table[number - 1]] for number in numbers]
    if not found:
        raise OrderError(gettext_noop("There is nothing to paste: copy the rows in the sheet first."))
    if len(found) > MAX_LINES + 1:
        raise OrderError(
            gettext_noop("An order can have %(most)s rows at most; this one has %(count)s."),
            {"most": MAX_LINES, "count": len(found)},
        )
    width = max(len(row) for row in found)
    return numbers, [row + [""] * (width - len(row)) for row in found]


def _said(numbers: list[int], cells: list[list[str]], customer: Customer | None) -> Pasted | None:
    """Words out of a chat, where any of their lines says how many; None for a column of codes or names."""
    lines = [({"row": number, "column": _letter(0)}, row[0]) for number, row in zip(numbers, cells, strict=True)]
    rows = word_rows(lines, customer)
    if not any(row["read"].get("quantity") for row in rows):
        return None
    told = {row["origin"]["product"]["row"] for row in rows}
    names = ("key", "from", "origin", "problems", *ROW_FIELDS)
    plain = [{name: row[name] for name in names if row.get(name)} for row in rows]
    return Pasted([], {}, plain, len(lines) - len(told), has_headings=False, is_said=True)


def _headed(cells: list[list[str]]) -> tuple[list[str], list[list[str]], bool]:
    """Headings where the first row has them, else letters as a sheet counts its columns."""
    first = cells[0]
    guesses = guess_columns(Table("", first, 1, len(cells) - 1, ""), FIELDS)
    if guesses and len(cells) > 1 and not any(is_quantity(cell) for cell in first):
        return first, cells[1:], True
    return [_letter(place) for place in range(len(first))], cells, False


def _letter(place: int) -> str:
    return chr(65 + place) if place < 26 else f"A{chr(65 + place - 26)}"


def _guessed(
    headings: list[str], body: list[list[str]], has_headings: bool, customer: Customer | None
) -> dict[str, int]:
    columns: dict[str, int] = {}
    if has_headings:
        table = Table("", headings, 1, len(body), "", samples=[list(row) for row in body[:_PROBED]])
        columns = {guess.field: guess.column for guess in guess_columns(table, FIELDS)}
    free = [place for place in range(len(headings)) if place not in columns.values()]
    probe = body[:_PROBED]
    if "product" not in columns or "customer_part_number" not in columns:
        _settle_codes(columns, free, probe, customer)
    numeric = [place for place in free if place not in columns.values() and _is_numeric(probe, place)]
    if len(numeric) > 1 and numeric[0] == 0 and is_counting([row[0] for row in probe if row[0]]):
        del numeric[0]
    for name in _NUMBERS:
        if name not in columns and numeric and not has_headings:
            columns[name] = numeric.pop(0)
    if not has_headings and "product_name" not in columns:
        words = [place for place in free if place not in columns.values() and not _is_numeric(probe, place)]
        if words:
            columns["product_name"] = words[0]
    return columns


def _settle_codes(columns: dict[str, int], free: list[int], probe: list[list[str]], customer: Customer | None) -> None:
    """Which free column holds our codes, or the customer's own numbers: by looking them up."""
    cells = {row[place] for row in probe for place in free if row[place]}
    ours = set(Product.objects.filter(code__in=cells).values_list("code", flat=True))
    theirs: set[str] = set()
    if customer is not None:
        numbers = CustomerPartNumber.objects.filter(customer=customer, number__in=cells)
        theirs = set(numbers.values_list("number", flat=True))
    for name, known in (("product", ours), ("customer_part_number", theirs)):
        if name in columns or not known:
            continue
        hits = {place: sum(row[place] in known for row in probe) for place in free if place not in columns.values()}
        best = max(hits, key=lambda place: hits[place], default=None)
        if best is not None and hits[best]:
            columns[name] = best


def _is_numeric(probe: list[list[str]], place: int) -> bool:
    filled = [row[place] for row in probe if row[place]]
    return bool(filled) and sum(is_quantity(cell) for cell in filled) * 2 > len(filled)


def _number(cell: str) -> tuple[str, str]:
    """A number as the page writes it and the unit behind it; what is none stays as it is, for the checks to name."""
    try:
        number, unit = read_quantity(cell)
    except CellProblem:
        return cell, ""
    return (plain_value(number) if number is not None else ""), unit


def _rows(
    body: Mapping[int, list[str]], columns: Mapping[str, int], headings: list[str]
) -> tuple[list[dict[str, Any]], int]:
    """Rows of the page out of the numbered rows; those without product, name and quantity are left out and counted."""
    rows: list[dict[str, Any]] = []
    place_of_day = columns.get("due_on")
    day_order = (
        detect_date_order(row[place_of_day] for row in body.values()).order if place_of_day is not None else None
    )
    for line, cells in body.items():
        if _is_below_the_rows(cells, columns):
            continue
        origin = {
            name: {"how": "parsed", "row": line, "column": headings[place], "text": cells[place][:300]}
            for name, place in columns.items()
            if place < len(cells) and cells[place]
        }
        row: dict[str, Any] = {name: cells[place] for name, place in columns.items() if place < len(cells)}
        if row.get("unit_price"):
            row["unit_price"] = _number(row["unit_price"])[0]
        if row.get("quantity"):
            row["quantity"], unit = _number(row["quantity"])
            if unit and not row.get("unit"):
                row["unit"], origin["unit"] = unit, origin["quantity"]
        if row.get("due_on") and day_order is not None:
            row["due_on"] = _day(row["due_on"], day_order)
        sources = {name: "parsed" for name in row if row[name]}
        if not row.get("product"):
            row["product"] = row.get("customer_part_number") or row.get("product_name") or ""
            sources["product"] = "parsed"
        if not row["product"] and not row.get("quantity"):
            continue
        if not row.get("unit_price"):
            row["unit_price"], sources["unit_price"] = "", "default"
        rows.append(row | {"key": f"p{line}", "from": sources, "origin": origin})
    return rows, len(body) - len(rows)


def _is_below_the_rows(cells: list[str], columns: Mapping[str, int]) -> bool:
    """A totals row; or one with a signature: words, but nothing where how many and what it costs stand."""
    words = [cell for cell in cells if cell]
    if words and TOTALS.fullmatch("".join(words[0].split())):
        return True
    numbers = [columns[name] for name in _NUMBERS if name in columns]
    return bool(numbers) and SIGNATURE.match(words[0]) is not None and not any(is_quantity(cells[at]) for at in numbers)


def _day(cell: str, order: Any) -> str:
    try:
        day = read_day(cell, order, house_day())
    except CellProblem:
        return cell
    return day.isoformat() if day is not None else ""


def field_choices() -> Sequence[tuple[str, str]]:
    """What a column can be taken for, with its words."""
    return [(spec.name, gettext(spec.label)) for spec in FIELDS]
