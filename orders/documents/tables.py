"""The tables of documents: which columns a document needs, how wide they are, what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from customers.models import TaxRate
from orders.documents.contents import AmendmentDocument, DocumentChange, DocumentLine, DocumentOrder
from orders.documents.figures import money_text, percent_text, price_text, quantity_text, total_text
from salesops.documents.paper import Align, Column, Fact, Table, Words, figure_width

Say = Callable[[str | Promise], Words]
Cells = list[Words]

_CODE_MM, _NAME = 30.0, 0.0


class _Grid:
    """Columns put together one by one, each with its cells."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._columns: list[Column] = []
        self._cells: list[Cells] = []

    def add(self, heading: Promise | str, width: float, cells: Cells, align: Align = "left") -> None:
        self._columns.append(Column(self._say(heading), width, align))
        self._cells.append(cells)

    def add_figures(self, heading: Promise | str, texts: list[str], least: float) -> None:
        self.add(heading, figure_width(texts, least), [(text,) for text in texts], "right")

    def table(self, totals: tuple[Fact, ...]) -> Table:
        return Table(tuple(self._columns), tuple(zip(*self._cells, strict=True)), totals)


def _named(*parts: str) -> Words:
    return tuple(part for part in parts if part)


def _add_goods(grid: _Grid, lines: tuple[DocumentLine, ...], say: Say) -> None:
    """Row number, code, name, quantity and unit: the same on every document."""
    grid.add("#", 9, [(str(line.position),) for line in lines], "right")
    if any(line.code for line in lines):
        grid.add(pgettext_lazy("document", "Code"), _CODE_MM, [_named(line.code) for line in lines])
    if any(line.part_number for line in lines):
        grid.add(pgettext_lazy("document", "Your part no."), 24, [_named(line.part_number) for line in lines])
    names: Cells = [_named(line.name, line.spec, line.remarks) for line in lines]
    grid.add(pgettext_lazy("document", "Name and specification"), _NAME, names)
    grid.add_figures(pgettext_lazy("document", "Quantity"), [quantity_text(line.quantity) for line in lines], 16)
    if any(line.unit for line in lines):
        longest = max(len(line.unit) for line in lines)
        grid.add(pgettext_lazy("document", "Unit"), 11 if longest <= 4 else 16, [_named(line.unit) for line in lines])


def _rate(line: DocumentLine, say: Say) -> Words:
    return say(TaxRate(line.tax_rate).label) if line.tax_rate in TaxRate.values else _named(line.tax_rate)


def priced_table(document: DocumentOrder, say: Say) -> Table:
    """The rows of an order with price, discount and tax where any row has them, and the totals."""
    lines, currency = document.lines, document.currency
    grid = _Grid(say)
    _add_goods(grid, lines, say)
    with_tax = document.prices_include_tax or not document.tax
    price = pgettext_lazy("document", "Unit price") if with_tax else pgettext_lazy("document", "Unit price before tax")
    prices = [price_text(line.unit_price, currency) if line.unit_price is not None else "" for line in lines]
    grid.add_figures(price, prices, 19)
    if any(line.discount for line in lines):
        discounts = [percent_text(line.discount) if line.discount else "" for line in lines]
        grid.add_figures(pgettext_lazy("document", "Discount"), discounts, 15)
    if any(line.tax_rate for line in lines):
        rates: Cells = [_rate(line, say) for line in lines]
        wide = 14 if all(word[-1:] in "%" for rate in rates for word in rate) else 20
        grid.add(pgettext_lazy("document", "Tax rate"), wide, rates, "right")
    if {line.due_on for line in lines} - {document.promised_on, None}:
        days: Cells = [(line.due_on.isoformat() if line.due_on else "",) for line in lines]
        grid.add(pgettext_lazy("document", "Delivery"), 20, days, "right")
    amounts = [money_text(line.amount, currency) if line.amount is not None else "" for line in lines]
    totals = _totals(document, say)
    room = figure_width([*amounts, *(fact.value[0] for fact in totals)], 24)
    amount = pgettext_lazy("document", "Amount incl. tax") if document.tax else pgettext_lazy("document", "Amount")
    grid.add(amount, room, [(text,) for text in amounts], "right")
    return grid.table(totals)


def _totals(document: DocumentOrder, say: Say) -> tuple[Fact, ...]:
    whole = Fact(
        say(pgettext_lazy("document", "Total incl. tax") if document.tax else pgettext_lazy("document", "Total")),
        (total_text(document.total, document.currency),),
        is_strong=True,
    )
    if not document.tax:
        return (whole,)
    parts = (
        (pgettext_lazy("document", "Before tax"), document.net),
        (pgettext_lazy("document", "Tax"), document.tax),
    )
    return (*(Fact(say(label), (money_text(amount, document.currency),)) for label, amount in parts), whole)


def goods_table(
    lines: tuple[DocumentLine, ...], say: Say, *, currency: str = "CNY", totals: tuple[Fact, ...] = ()
) -> Table:
    """Rows without prices; amounts only where every row has one. Without other totals the quantities are summed."""
    grid = _Grid(say)
    _add_goods(grid, lines, say)
    if totals:
        amounts = [money_text(line.amount, currency) if line.amount is not None else "" for line in lines]
        longest = [*amounts, *(fact.value[0] for fact in totals)]
        grid.add(pgettext_lazy("document", "Amount"), figure_width(longest, 24), [(text,) for text in amounts], "right")
        return grid.table(totals)
    # An empty column to tick off and to note what is missing by hand.
    blank: Cells = [("",) for _line in lines]
    grid.add(pgettext_lazy("document", "Checked"), 24, blank)
    return grid.table(_counted(lines, say))


def _counted(lines: tuple[DocumentLine, ...], say: Say) -> tuple[Fact, ...]:
    """The sum of the quantities where all are of one unit, else the number of rows."""
    units = {line.unit for line in lines}
    if len(units) == 1 and lines:
        whole = sum((line.quantity for line in lines), Decimal(0))
        return (
            Fact(
                say(pgettext_lazy("document", "Total quantity")),
                (f"{quantity_text(whole)} {units.pop()}".strip(),),
                True,
            ),
        )
    return (Fact(say(pgettext_lazy("document", "Rows")), (str(len(lines)),), is_strong=True),)


def change_table(document: AmendmentDocument, say: Say) -> Table:
    """What was and what is, row by row, with the total before and after."""
    grid, changes = _Grid(say), document.changes
    grid.add(pgettext_lazy("document", "Row"), 50, [_place(change, say) for change in changes])
    grid.add(pgettext_lazy("document", "What"), 30, [_capital(say(change.what)) for change in changes])
    grid.add(pgettext_lazy("document", "Before"), _NAME, [say(change.before) or ("—",) for change in changes])
    grid.add(pgettext_lazy("document", "After"), 52, [say(change.after) or ("—",) for change in changes])
    currency = document.currency
    totals = (
        Fact(say(pgettext_lazy("document", "Total before")), (total_text(document.total_before, currency),)),
        Fact(say(pgettext_lazy("document", "Total after")), (total_text(document.total, currency),), is_strong=True),
    )
    return grid.table(totals)


def _place(change: DocumentChange, say: Say) -> Words:
    if change.position is None:
        return say(pgettext_lazy("document", "Order"))
    return _named(f"{change.position} {change.code}".strip(), change.name)


def _capital(words: Iterable[str]) -> Words:
    return tuple(word[:1].upper() + word[1:] for word in words)
