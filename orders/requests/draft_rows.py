"""From a customer's sheet to draft rows: what was read, which product it is, and where each value stood.

A draft row is plain values, kept in ``EntryDraft.content["rows"]`` under its key ("p1", "p2" …)::

    {"key": "p1", "from": {"quantity": "parsed", "unit": "default"},
     "product": "ZP-A4", "product_id": 7, "product_name": "复印纸 A4", "spec": "", "unit": "箱",
     "customer_part_number": "LT-1001", "quantity": "120", "unit_price": "", "due_on": "", "remarks": "",
     "matched_by": "part_number",                       # part_number, code, barcode, name or "" (nobody knows it)
     "read": {"part_number": "LT-1001", "quantity": "120 箱", ...},         # the cells, untouched
     "problems": {"quantity": "“12O” is not a number."},                     # msgid and values: [msgid, values]
     "origin": {"quantity": {"how": "parsed", "evidence": 5, "file": "po.xlsx", "sheet": "S1", "row": 4,
                             "column": "C", "heading": "数量", "text": "120 箱"},
                "unit": {"how": "default", "from": "product"}}}

``how`` is typed, parsed, default or last; ``from`` says the same in one word for the entry page. ``product`` of a row
nobody knows is what was read. An empty unit price is priced when the order is saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_noop

from customers.models import Customer, CustomerPartNumber, Product
from orders.models import EntryDraft, Evidence, Order
from orders.requests.cells import read_day, read_quantity
from orders.requests.sheets import Sheet, SheetRow, column_letter
from orders.snapshots import plain_value
from salesops.numbering.numbers import house_day
from salesops.spreadsheets.faults import CellProblem
from salesops.spreadsheets.values import DateOrder, detect_date_order, to_code, to_decimal, to_text

DraftRow = dict[str, Any]
NO_PRODUCT = gettext_noop("No product is known by “%(text)s”.")
SEVERAL = gettext_noop("Several products are called “%(text)s”.")
DISCONTINUED = gettext_noop("%(code)s is discontinued.")
ZERO = gettext_noop("The quantity cannot be zero.")
_MOST = {"product_name": 300, "spec": 200, "unit": 20, "customer_part_number": 60, "remarks": 300}
_AT_ONCE = 400
EMPTY_ROW = dict.fromkeys(
    ("product_name", "spec", "unit", "customer_part_number", "quantity", "unit_price", "due_on", "remarks"), ""
)
_MARKED = ("product", "product_name", "customer_part_number", "quantity", "unit", "unit_price", "due_on", "remarks")
"""Values of a row the entry page says the source of."""
_LARGEST = 10**12  # a quantity beyond it is a number that stood in the wrong column


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sheet stands: the evidence and the file's name."""

    evidence_id: int
    file_name: str
    is_file: bool = True  # a table in the text of a mail has no name of its own


def draft_rows(*, sheet: Sheet, columns: Mapping[str, int], customer: Customer, evidence: Evidence) -> list[DraftRow]:
    """Each row of the sheet that says something, matched to a product where one is known."""
    place = Place(evidence.pk, evidence.file_name, evidence.kind == Evidence.Kind.SHEET)
    order = _date_order(sheet, columns)
    rows = [_read_row(row, sheet, columns, place, order) for row in sheet.rows]
    rows = [row for row in rows if row["read"].get("quantity") or _named(row)]
    match_products(customer, rows)
    while rows and not rows[-1]["read"].get("quantity") and rows[-1]["product_id"] is None:
        rows.pop()  # below the last quantity only what we know is a row: names and signatures stand there too
    return finish_rows(rows)


def is_order(evidence: Evidence, rows: Sequence[DraftRow]) -> bool:
    """Whether a sheet's rows are an order; of pasted ones only where some say how many: commas stand in words too."""
    if evidence.kind == Evidence.Kind.PASTE:
        return any(row["read"].get("quantity") for row in rows)
    return bool(rows)


def finish_rows(rows: list[DraftRow]) -> list[DraftRow]:
    """Rows that were read and matched, each with its key and with how its values came."""
    for number, row in enumerate(rows, 1):
        row["key"] = f"p{number}"
        row["from"] = {name: origin["how"] for name, origin in row["origin"].items() if name in _MARKED}
        row["from"]["product"] = "parsed"
        row["from"].setdefault("unit_price", "default")
    return rows


def _date_order(sheet: Sheet, columns: Mapping[str, int]) -> DateOrder:
    if "due_on" not in columns:
        return DateOrder.YEAR_FIRST
    return detect_date_order(row.cells[columns["due_on"]] for row in sheet.rows).order


def _named(row: DraftRow) -> bool:
    return any(row["read"].get(name) for name in ("part_number", "barcode", "name"))


def _read_row(row: SheetRow, sheet: Sheet, columns: Mapping[str, int], place: Place, order: DateOrder) -> DraftRow:
    """One row as it was read; a value that cannot be trusted is left out and named among the problems."""
    read: dict[str, str] = {}
    origin: dict[str, dict[str, Any]] = {}
    problems: dict[str, list[Any]] = {}
    values: dict[str, str] = {}
    today = house_day()
    for name, column in sorted(
        columns.items(), key=lambda pair: pair[0] == "quantity"
    ):  # a unit of its own comes first
        text = row.cells[column] if column < len(row.cells) else ""
        if not text:
            continue
        read[name] = text[:300]
        target = {"name": "product_name", "part_number": "customer_part_number"}.get(name, name)
        origin[target] = {
            "how": "parsed",
            "evidence": place.evidence_id,
            "file": place.file_name,
            "sheet": sheet.name if place.is_file else "",
            "row": row.number,
            "column": column_letter(column),
            "heading": sheet.headings[column],
            "text": read[name],
        }
        try:
            values[target], unit = _value(name, text, order, today)
        except CellProblem as problem:
            problems[target] = [problem.msgid, problem.values]
            continue
        values[target] = values[target][: _MOST.get(target, 300)]
        if unit and not values.get("unit"):
            values["unit"], origin["unit"] = unit[: _MOST["unit"]], origin[target]
    values.pop("barcode", None)
    return {
        **EMPTY_ROW, **values, "product": "", "product_id": None, "matched_by": "",
        "read": read, "problems": problems, "origin": origin,
    }  # fmt: skip


def _value(name: str, text: str, order: DateOrder, today: date) -> tuple[str, str]:
    """The value, and the unit that stood behind a quantity."""
    if name in ("part_number", "barcode"):
        return to_code(text), ""
    if name in ("quantity", "unit_price"):
        number, unit = read_quantity(text) if name == "quantity" else (to_decimal(text), "")
        if number is None or abs(number) > _LARGEST:
            raise CellProblem(gettext_noop("“%(value)s” is not a number."), {"value": text[:80]})
        if name == "quantity" and number == 0:
            raise CellProblem(ZERO)
        return str(plain_value(round(number, 4 if name == "quantity" else 6))), unit
    if name == "due_on":
        day = read_day(text, order, today)
        return day.isoformat() if day else "", ""
    return to_text(text), ""


def match_products(customer: Customer | None, rows: Sequence[DraftRow]) -> None:
    """Find each row's product: the customer's part number, our code, a barcode, the whole name; else what was read."""
    named = {to_code(row["read"].get(name, "")) for row in rows for name in ("part_number", "barcode")} - {""}
    names = {row["read"].get(name, "").strip() for row in rows for name in ("name", "part_number")} - {""}
    own = _own_numbers(customer, named)
    codes, barcodes = _by_code(named)
    titles = _by_name(names)
    for row in rows:
        _match(row, own, codes, barcodes, titles)


def _chunks(values: Iterable[str]) -> Iterable[list[str]]:
    listed = sorted(values)
    return (listed[start : start + _AT_ONCE] for start in range(0, len(listed), _AT_ONCE))


def _own_numbers(customer: Customer | None, named: set[str]) -> dict[str, Product]:
    found: dict[str, Product] = {}
    for chunk in _chunks(named | {text.upper() for text in named}):
        rows = CustomerPartNumber.objects.filter(customer=customer, number__in=chunk).select_related("product")
        found |= {row.number: row.product for row in rows}
    return found


def _by_code(named: set[str]) -> tuple[dict[str, Product], dict[str, list[Product]]]:
    codes: dict[str, Product] = {}
    barcodes: dict[str, list[Product]] = {}
    for chunk in _chunks(named | {text.upper() for text in named}):
        for product in Product.objects.filter(Q(code__in=chunk) | Q(barcode__in=chunk)):
            codes[product.code] = product
            if product.barcode:
                barcodes.setdefault(product.barcode, []).append(product)
    return codes, barcodes


def _by_name(names: set[str]) -> dict[str, list[Product]]:
    found: dict[str, list[Product]] = {}
    for chunk in _chunks(names):
        for product in Product.objects.filter(name__in=chunk, is_discontinued=False):
            found.setdefault(product.name, []).append(product)
    return found


def _match(
    row: DraftRow,
    own: Mapping[str, Product],
    codes: Mapping[str, Product],
    barcodes: Mapping[str, list[Product]],
    titles: Mapping[str, list[Product]],
) -> None:
    number = to_code(row["read"].get("part_number", ""))
    bars = barcodes.get(to_code(row["read"].get("barcode", "")), []) or barcodes.get(number, [])
    called = titles.get(row["read"].get("name", "").strip(), []) or titles.get(row["read"].get("part_number", ""), [])
    product, how = None, ""
    if number and (product := own.get(number) or own.get(number.upper())):
        how = "part_number"
    elif number and (product := codes.get(number) or codes.get(number.upper())):
        how = "code"
    elif len(bars) == 1:
        product, how = bars[0], "barcode"
    elif not bars and len(called) == 1:
        product, how = called[0], "name"
    if product is None:
        text = number or row["read"].get("barcode", "") or row["read"].get("name", "")
        row["problems"]["product"] = [SEVERAL if len(bars) > 1 or len(called) > 1 else NO_PRODUCT, {"text": text[:80]}]
        row["product"] = text[:100]
        return
    take_product(row, product, how)


def take_product(row: DraftRow, product: Product, how: str) -> None:
    """Put a product into a row; what the sheet said stays under ``read``."""
    row |= {"product": product.code, "product_id": product.pk, "matched_by": how}
    stood = next(
        (row["origin"][name] for name in ("customer_part_number", "barcode", "product_name") if name in row["origin"]),
        None,
    )
    row["origin"]["product"] = stood or {"how": "typed"}
    if how == "code":
        # They used our own code: it is not a number of theirs.
        row["customer_part_number"] = ""
        row["origin"].pop("customer_part_number", None)
    for name, value in (("product_name", product.name), ("spec", product.spec), ("unit", product.unit)):
        if name != "unit" or not row["unit"]:
            row[name] = value
            row["origin"][name] = {"how": "default", "from": "product"}
    if product.is_discontinued:
        row["problems"]["product"] = [DISCONTINUED, {"code": product.code}]


def parsed_rows(order: Order) -> list[DraftRow]:
    """The rows parsed for an order that has none of its own yet, for the plain form."""
    draft = EntryDraft.objects.filter(order=order, request__isnull=False).order_by("-updated_at").first()
    if draft is None:
        return []
    rows = [draft.content["rows"][key] for key in draft.content.get("keys", [])]
    names = ("product", "product_name", "quantity", "unit", "unit_price", "due_on", "remarks")
    return [{name: row.get(name, "") for name in names} for row in rows]
