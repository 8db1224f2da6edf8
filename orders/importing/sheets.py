"""Which sheet of a workbook holds what: lines, order headers, returns, salespeople, customers, products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from customers.importing.fields import CUSTOMER_FIELDS, PRODUCT_FIELDS
from orders.importing.fields import CATEGORY_FIELDS, EMPLOYEE_FIELDS, ORDER_FIELDS, PEOPLE_FIELDS, SHIPPER_FIELDS
from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.mapping import guess_mapping, normalise_heading
from salesops.spreadsheets.tables import FieldSpec, Note, Table, Workbook

Role = Literal[
    "lines",
    "headers",
    "details",
    "returns",
    "people",
    "employees",
    "customers",
    "products",
    "categories",
    "shippers",
    "",
]

NO_SUCH_SHEET = gettext_noop("The file has no sheet “%(sheet)s”. It has: %(known)s.")
UNKNOWN_HEADING = gettext_noop(
    "The mapping names the heading “%(heading)s”, which the sheet “%(sheet)s” does not have."
)
NO_ORDERS = gettext_noop(
    "No sheet of this file holds orders: a column for the quantity and one for the product are needed, "
    "or order numbers with customers and dates. Choose the columns by hand if their headings are unusual."
)

ONE_PIECE = gettext_noop("“%(sheet)s” has no column for the quantity: every row counts as one piece.")
NUMBERS_AS_STATE = gettext_noop("“%(heading)s” holds numbers, no words for the state of an order; it was not used.")

PRODUCT = ("product_code", "barcode", "product_name")
CUSTOMER = ("customer_code", "customer_name")
WORTH = ("unit_price", "gross_price", "amount", "gross_amount")


@dataclass
class Sheet:
    """A table with its role and columns."""

    table: Table
    role: Role
    columns: dict[str, int]
    notes: list[Note] = field(default_factory=list)


def columns_of(table: Table, fields: Sequence[FieldSpec], chosen: dict[str, Any] | None) -> dict[str, int]:
    """Field -> column: as a person chose {field: heading}, the rest by name; "" or null leaves a field out."""
    if not chosen:
        return guess_mapping(table, fields)
    known = {spec.name for spec in fields}
    fixed: dict[str, int] = {}
    for name, heading in chosen.items():
        if name in known and heading not in (None, ""):
            fixed[name] = place_of(table, heading)
    return fixed


def place_of(table: Table, heading: Any) -> int:
    """The column under a heading. Raises SheetRefused where the sheet has none."""
    if isinstance(heading, int) and 0 <= heading < len(table.headings):
        return heading
    wanted = normalise_heading(str(heading))
    for place, own in enumerate(table.headings):
        if own == heading:
            return place
    for place, own in enumerate(table.headings):
        if normalise_heading(own) == wanted:
            return place
    raise SheetRefused(UNKNOWN_HEADING, {"heading": str(heading), "sheet": table.name})


def arrange(workbook: Workbook, mapping: dict[str, Any], sheet: str) -> list[Sheet]:
    """Every table with its role. ``sheet`` limits orders to one sheet; returns and people are taken from any.

    Raises SheetRefused where nothing holds orders.
    """
    if sheet and all(table.name != sheet for table in workbook.tables):
        known = ", ".join(table.name for table in workbook.tables)
        raise SheetRefused(NO_SUCH_SHEET, {"sheet": sheet, "known": known})
    per_table = any(isinstance(value, dict) for value in mapping.values())
    sheets = []
    for table in workbook.tables:
        chosen = mapping.get(table.name) if per_table else mapping
        may_hold_orders = (not sheet or table.name == sheet) and (not per_table or bool(chosen))
        sheets.append(_role_of(table, chosen if isinstance(chosen, dict) else None, may_hold_orders))
    _settle_details(sheets)
    if not any(one.role in {"lines", "headers", "details"} for one in sheets):
        raise SheetRefused(NO_ORDERS)
    return sheets


def _role_of(table: Table, chosen: dict[str, Any] | None, may_hold_orders: bool) -> Sheet:
    own = columns_of(table, ORDER_FIELDS, chosen)
    notes = [] if chosen else _without_numbered_states(table, own)
    if {"order_number", "returned"} <= set(own) and not _has(own, (*PRODUCT, "quantity", "amount", *CUSTOMER)):
        return Sheet(table, "returns", own)
    people = guess_mapping(table, PEOPLE_FIELDS)
    if set(people) == {"region", "person"} and len(table.headings) <= 4:
        return Sheet(table, "people", people)
    employees = guess_mapping(table, EMPLOYEE_FIELDS)
    if "employee_id" in employees and _has(employees, ("person", "last_name")) and "order_number" not in own:
        return Sheet(table, "employees", employees)
    if may_hold_orders and (role := _role_in_orders(own)):
        if role != "headers" and "quantity" not in own:
            notes.append(Note(ONE_PIECE, {"sheet": table.name}))
        return Sheet(table, role, own, notes)
    return _lookup(table, own) if "order_number" not in own else Sheet(table, "", own)


def _without_numbered_states(table: Table, own: dict[str, int]) -> list[Note]:
    """Other systems keep the state as a number only they can read (5); days of shipping tell what there is to tell."""
    place = own.get("status")
    if place is None:
        return []
    seen = [text for row in table.samples if place < len(row) and (text := str(row[place]).strip())]
    if not seen or not all(text.replace(".", "", 1).isdecimal() for text in seen):
        return []
    del own["status"]
    return [Note(NUMBERS_AS_STATE, {"heading": table.headings[place]})]


def _role_in_orders(own: dict[str, int]) -> Role:
    has_product = _has(own, PRODUCT)
    if has_product and ("quantity" in own or ("order_number" in own and _has(own, WORTH))):
        is_whole = "order_number" not in own or _has(own, (*CUSTOMER, "order_date"))
        return "lines" if is_whole else "details"
    if {"order_number", "order_date"} <= set(own) and _has(own, CUSTOMER) and not has_product and "quantity" not in own:
        return "headers"
    return ""


def _lookup(table: Table, own: dict[str, int]) -> Sheet:
    """Customers, products, categories and carriers that orders of the same file point to by number."""
    kinds: list[tuple[Role, tuple[FieldSpec, ...], set[str]]] = [
        ("customers", CUSTOMER_FIELDS, {"customer_code", "customer_name"}),
        ("products", PRODUCT_FIELDS, {"product_code", "product_name"}),
        ("categories", CATEGORY_FIELDS, {"category_id", "category"}),
        ("shippers", SHIPPER_FIELDS, {"ship_method_id", "ship_method"}),
    ]
    for role, fields, needed in kinds:
        columns = guess_mapping(table, fields)
        if needed <= set(columns) and not (role == "customers" and "supplier" in normalise_heading(table.headings[0])):
            return Sheet(table, role, columns)
    return Sheet(table, "", own)


def _settle_details(sheets: list[Sheet]) -> None:
    """Beside a sheet of headers, lines that only repeat the order number and a date are its details."""
    if any(one.role == "headers" for one in sheets):
        for one in sheets:
            if one.role == "lines" and "order_number" in one.columns and not _has(one.columns, CUSTOMER):
                one.role = "details"


def _has(columns: dict[str, int], names: Iterable[str]) -> bool:
    return any(name in columns for name in names)
