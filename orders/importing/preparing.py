"""The dry half of an import: sheets in their order, then the report of what writing them would do."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from customers.importing.matching import CustomerBook, tidy
from customers.models import Customer
from orders.importing.discounts import Meaning
from orders.importing.lines import shown_cell
from orders.importing.parties import Party
from orders.importing.planning import Planner
from orders.importing.shared_numbers import shared_numbers
from orders.importing.sheets import Sheet, arrange
from orders.importing.staging import Stage
from orders.snapshots import plain_value
from salesops.spreadsheets.faults import CellProblem, SheetRefused, gettext_noop, ngettext_noop
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.tables import Note, Report, Watch, Workbook
from salesops.spreadsheets.values import DateOrder, to_decimal, to_flag
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

NOT_ALLOWED = gettext_noop("You may not import sheets. Ask an administrator.")
UNKNOWN_CUSTOMER = gettext_noop("No customer has the code “%(code)s”.")
ORDER = (
    "categories",
    "shippers",
    "employees",
    "people",
    "customers",
    "products",
    "headers",
    "lines",
    "details",
    "returns",
)
DISCOUNT_WORDS: dict[Meaning, str] = {
    "fraction": gettext_noop("The discounts of “%(sheet)s” are read as fractions: 0.15 is 15 %%."),
    "percent": gettext_noop("The discounts of “%(sheet)s” are read as percentages: 15 is 15 %%."),
    "paid_tenths": gettext_noop("The discounts of “%(sheet)s” are read as 折: 8.5 pays 85 %%."),
    "paid_fraction": gettext_noop("The discounts of “%(sheet)s” are read as the part that is paid: 0.85 is 15 %% off."),
    "money_off": gettext_noop("The discounts of “%(sheet)s” are read as money taken off the line."),
}
DATE_WORDS: dict[DateOrder, str] = {
    DateOrder.DAY_FIRST: gettext_noop("The dates of “%(heading)s” are read as day, month, year (%(example)s)."),
    DateOrder.MONTH_FIRST: gettext_noop("The dates of “%(heading)s” are read as month, day, year (%(example)s)."),
    DateOrder.YEAR_FIRST: gettext_noop("The dates of “%(heading)s” are read as year, month, day (%(example)s)."),
}


def prepare_orders(workbook: Workbook, *, batch: ImportBatch, folder: Path, watch: Watch) -> Report:
    """Stage every row in the folder and tell what would come of it; changes no record. Raises SheetRefused."""
    user: User | None = batch.uploaded_by
    if user is not None and not user.may(Permission.IMPORT_SHEETS):
        raise SheetRefused(NOT_ALLOWED)
    options = dict(batch.options)
    sheets = arrange(workbook, batch.mapping, batch.sheet or str(options.get("sheet") or ""))
    with Stage(folder, fresh=True) as stage:
        planner = Planner(stage, folder, user=user, options=options, given=_given_customer(options, user), watch=watch)
        try:
            planner.expect(sheets)
            for sheet in sorted((one for one in sheets if one.role), key=lambda one: ORDER.index(one.role)):
                _take(planner, sheet)
        finally:
            planner.close()
        stage.index_lines()
        planner.settle_last_cent()
        _remember(stage, options)
        return _report(stage, planner, sheets, workbook)


def _given_customer(options: dict[str, Any], user: User | None) -> Party | None:
    """The customer chosen for rows that name none."""
    code = str(options.get("customer") or "").strip()
    if not code:
        return None
    book = CustomerBook.load(user)
    match = book.find(code, "")
    if match.verdict != "matched" or match.pk is None:
        raise SheetRefused(UNKNOWN_CUSTOMER, {"code": code})
    known = Customer.objects.get(pk=match.pk)
    return Party(1, known.name, match, known.code)


def _take(planner: Planner, sheet: Sheet) -> None:
    if sheet.role == "headers":
        planner.take_headers(sheet)
    elif sheet.role == "lines":
        planner.take_lines(sheet)
    elif sheet.role == "details":
        planner.take_details(sheet)
    elif sheet.role == "returns":
        _take_returns(planner, sheet)
    elif sheet.role in {"people", "employees"}:
        _take_people(planner, sheet)
    elif sheet.role == "customers":
        _take_customers(planner, sheet)
    elif sheet.role == "products":
        _take_products(planner, sheet)
    else:
        number, name = ("category_id", "category") if sheet.role == "categories" else ("ship_method_id", "ship_method")
        found = {texts[number]: texts.get(name, "") for texts in _texts(sheet) if texts.get(number)}
        planner.lookups[sheet.role] = found


def _texts(sheet: Sheet) -> Any:
    """Each row of a small sheet as {field: text}."""
    for _, cells in sheet.table.rows():
        yield {
            name: tidy(shown_cell(cells[place])) for name, place in sheet.columns.items() if cells[place] is not None
        }


def _take_returns(planner: Planner, sheet: Sheet) -> None:
    """Orders that came back: every row that says so, by the number alone."""
    place = sheet.columns["returned"]
    count = 0
    for row, cells in sheet.table.rows():
        number = tidy(shown_cell(cells[sheet.columns["order_number"]]))
        try:
            is_returned = to_flag(cells[place])
        except CellProblem:
            is_returned = True  # a reason or a date stands there: it came back
        if number and is_returned:
            count += 1
            note = shown_cell(cells[place])[:200]
            planner.stage.add("returned", (count, number[:80], sheet.table.name, row, note))


def _take_people(planner: Planner, sheet: Sheet) -> None:
    for texts in _texts(sheet):
        name = texts.get("person") or " ".join(filter(None, (texts.get("first_name"), texts.get("last_name"))))
        if name:
            region = texts.get("region", "") if sheet.role == "people" else ""
            number = texts.get("employee_id", "")
            planner.stage.add("people", (None, region, number, name[:80], texts.get("phone", "")[:40]))


def _take_customers(planner: Planner, sheet: Sheet) -> None:
    for texts in _texts(sheet):
        code, name = texts.pop("customer_code", "")[:60], texts.pop("customer_name", "")[:200]
        if code or name:
            party, is_first = planner.customers.take(code, name)
            if is_first and party.match.verdict in {"new", "matched"}:
                planner.customers.keep(party, _cut(texts), listed=True)
            elif is_first:
                planner.customers.keep(party, _cut(texts))


def _take_products(planner: Planner, sheet: Sheet) -> None:
    categories = planner.lookups.get("categories", {})
    for texts in _texts(sheet):
        code, name = texts.pop("product_code", "")[:60], texts.pop("product_name", "")[:300]
        barcode = texts.pop("barcode", "")[:60]
        texts["category"] = texts.get("category") or categories.get(texts.pop("category_id", ""), "")
        for price in ("list_price", "floor_price", "pack_size", "minimum_quantity"):
            if price in texts and not _is_number(texts[price]):
                del texts[price]
        texts.pop("is_active", None)
        if texts.get("discontinued", "").casefold() in {"", "0", "false", "否", "no"}:
            texts.pop("discontinued", None)
        texts.pop("tax_rate", None)
        if code or barcode or name:
            party, is_first = planner.products.take(code, barcode, name)
            if is_first:
                planner.products.keep(party, barcode, _cut(texts), listed=True)


def _is_number(text: str) -> bool:
    try:
        return (to_decimal(text) or 0) > 0
    except CellProblem:
        return False


_LIMITS = {"address": 200, "contact": 80, "phone": 40, "mobile": 40, "fax": 40, "unit": 20, "postcode": 12, "spec": 200}


def _cut(texts: dict[str, str]) -> dict[str, str]:
    """Side notes of a customer or product, no longer than their fields."""
    return {name: text[: _LIMITS.get(name, 80)] for name, text in texts.items() if text}


def _remember(stage: Stage, options: dict[str, Any]) -> None:
    stage.put("open_orders", bool(options.get("open_orders")))
    stage.put("prepared_at", timezone.now().isoformat())


USED_CUSTOMERS = "(listed = 1 OR id IN (SELECT customer FROM orders))"
USED_PRODUCTS = "(listed = 1 OR id IN (SELECT product FROM lines))"


def _report(stage: Stage, planner: Planner, sheets: list[Sheet], workbook: Workbook) -> Report:
    report = Report()
    planner.fill(report)
    number = stage.number
    report.orders = number("SELECT COUNT(*) FROM orders WHERE existing IS NULL")
    customers_made = number(f"SELECT COUNT(*) FROM customers WHERE matched IS NULL AND {USED_CUSTOMERS}")  # noqa: S608
    customers_met = number(f"SELECT COUNT(*) FROM customers WHERE matched IS NOT NULL AND {USED_CUSTOMERS}")  # noqa: S608
    products_made = number(f"SELECT COUNT(*) FROM products WHERE matched IS NULL AND {USED_PRODUCTS}")  # noqa: S608
    products_met = number(f"SELECT COUNT(*) FROM products WHERE matched IS NOT NULL AND {USED_PRODUCTS}")  # noqa: S608
    report.customers, report.products = customers_made + customers_met, products_made + products_met
    shared = shared_numbers(stage, planner.left_out)
    tally = planner.tally
    report.details = {
        "made": {
            gettext_noop("Orders"): report.orders,
            gettext_noop("Lines"): report.lines,
            gettext_noop("Customers"): customers_made,
            gettext_noop("Products"): products_made,
        },
        "matched": {
            gettext_noop("Orders that waited for lines"): number(
                "SELECT COUNT(*) FROM orders WHERE existing IS NOT NULL"
            ),
            gettext_noop("Customers"): customers_met,
            gettext_noop("Products"): products_met,
        },
        "sheets": {one.table.name: one.role for one in sheets},
        "conflicts": tally.conflict_rows,
        "shared_numbers": shared,
        "rounding": {"lines": tally.rounded_lines, "sum": plain_value(tally.rounding)},
        "returns": _count_returns(stage),
        "two_names": {code: sorted(names) for code, names in list(planner.products.other_names.items())[:50]},
        "notes": [asdict(note) for note in _notes(planner, sheets, workbook, shared["count"])],
    }  # fmt: skip
    return report


def _count_returns(stage: Stage) -> dict[str, int]:
    """Returned numbers with one order, with several, with none."""
    counts = {"certain": 0, "uncertain": 0, "unknown": 0}
    for orders, numbers in stage.rows(
        "SELECT n, COUNT(*) FROM (SELECT DISTINCT r.number,"
        " (SELECT COUNT(*) FROM orders o WHERE o.number = r.number) AS n"
        " FROM returned r) GROUP BY n"
    ):
        key = "certain" if orders == 1 else "uncertain" if orders else "unknown"
        counts[key] += numbers
    return counts


def _notes(planner: Planner, sheets: list[Sheet], workbook: Workbook, shared: int) -> list[Note]:
    notes = [*workbook.notes, *(note for sheet in sheets for note in (*sheet.table.notes, *sheet.notes))]
    tally = planner.tally
    said = [
        (
            shared,
            ngettext_noop(
                "%(count)s order number stands for several orders (other customer or other day); each is kept apart.",
                "%(count)s order numbers stand for several orders (other customer or other day); each is kept apart.",
            ),
            "",
        ),
        (
            len(planner.products.other_names),
            ngettext_noop(
                "%(count)s product code carries several names; every line keeps its own.",
                "%(count)s product codes carry several names; every line keeps its own.",
            ),
            "",
        ),
        (
            len(planner.customers.other_names),
            ngettext_noop(
                "%(count)s customer code carries several names; the first one counts.",
                "%(count)s customer codes carry several names; the first one counts.",
            ),
            "",
        ),
        (
            planner.customers.same_names,
            ngettext_noop(
                "%(count)s new customer has the name of another customer under another code.",
                "%(count)s new customers have the name of another customer under another code.",
            ),
            "",
        ),
        (
            tally.rounded_lines,
            ngettext_noop(
                "%(count)s amount had more than two decimals; rounding it changed the total by %(sum)s.",
                "%(count)s amounts had more than two decimals; rounding them changed the total by %(sum)s.",
            ),
            plain_value(tally.rounding),
        ),
        (
            tally.disagreeing,
            ngettext_noop(
                "On %(count)s line the amount is not quantity x price; the amount of the sheet counts.",
                "On %(count)s lines the amount is not quantity x price; the amount of the sheet counts.",
            ),
            "",
        ),
        (
            tally.priced_by_list,
            ngettext_noop(
                "%(count)s line without a price took the list price.",
                "%(count)s lines without a price took the list price.",
            ),
            "",
        ),
        (
            tally.without_price,
            ngettext_noop(
                "%(count)s line has no price at all and is worth nothing.",
                "%(count)s lines have no price at all and are worth nothing.",
            ),
            "",
        ),
    ]
    for count, (one, many), total in said:
        if count:
            notes.append(Note(one, {"count": count} | ({"sum": total} if total else {}), many))
    for name, evidence in planner.evidence.items():
        if evidence.discount:
            notes.append(Note(DISCOUNT_WORDS[evidence.discount], {"sheet": name}))
        for heading, example in evidence.ambiguous_dates.items():
            text = gettext_noop(
                "Days and months of “%(heading)s” cannot be told apart for certain (%(example)s). Choose their order."
            )
            notes.append(Note(text, {"heading": heading, "example": example}))
        for heading, (order, example) in evidence.told_dates.items():
            notes.append(Note(DATE_WORDS[order], {"heading": heading, "example": example}))
    ignored = [one.table.name for one in sheets if not one.role and one.table.row_count]
    if ignored:
        notes.append(Note(gettext_noop("Not used: %(sheets)s"), {"sheets": ", ".join(ignored)}))
    return notes
