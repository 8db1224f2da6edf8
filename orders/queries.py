"""What the page of one order shows, ready to be printed: a fixed number of statements however many rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.history import order_entries
from orders.looks import LOOKS
from orders.marks import Marks, marks_of
from orders.models import Order, OrderLine, OrderReturn
from orders.prices import tell_reason
from orders.status import Fulfilment, Invoicing, Payment, Returning, Status
from salesops.money import format_money
from salesops.web.templatetags.workbench import quantity

MOST_EVENTS = 60


@dataclass(frozen=True, slots=True)
class Stop:
    """One state on the way, as components/path.html wants it."""

    label: str | Promise
    icon_name: str
    is_done: bool
    is_now: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Axis:
    """One of the four things that go on beside the state; ``share`` is how much of it is done, 0 to 100."""

    label: str
    icon_name: str
    value: str
    small: str
    share: int
    tone: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """A row in words: five hundred of them are printed, so nothing is left to the template."""

    position: int
    product_id: int | None
    code: str
    name: str
    spec: str
    part_number: str
    quantity: str
    unit: str
    price: str
    list_price: str
    reason: str
    discount: str
    tax_rate: str
    net: str
    tax: str
    amount: str
    rounding: str
    source_amount: str
    shipped: str
    closed_short: str
    returned: str
    due_on: Any
    remarks: str
    tag: str
    tone: str
    marks: Mapping[str, SafeString]
    why: str


@dataclass(frozen=True, slots=True)
class LineColumns:
    """Columns that only appear where some row has something in them."""

    discount: bool
    rounding: bool
    part_number: bool
    due_on: bool
    shipped: bool
    closed_short: bool
    returned: bool


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Everything the template of one order needs."""

    stops: list[Stop]
    axes: list[Axis]
    rows: list[LineRow]
    columns: LineColumns
    quantity: str
    rounding: str
    source_total: str
    entries: list[Any]
    event_count: int
    returns: list[Any]
    snapshot_count: int
    marks: Marks


def order_page(order: Order, *, is_beside: bool = False) -> OrderPage:
    """Read what belongs to an order: lines, marks, diary, returns and revisions, one statement each.

    ``is_beside`` where the page shows what the customer sent: the marks lead there.
    """
    lines = list(order.lines.all())
    marks = marks_of(order, lines, is_beside=is_beside)
    returns = list(order.returns.filter(state=OrderReturn.State.NOTED)[:50])  # own ones stand in their panel
    events = list(order.events.select_related("by")[: MOST_EVENTS + 1])
    rounding = sum((line.rounding for line in lines), Decimal(0))
    source_total = sum((line.source_amount or line.amount for line in lines), Decimal(0))
    return OrderPage(
        stops=stops_of(order),
        axes=axes_of(order, lines, order.returns.count()),
        rows=[line_row(order, line, marks) for line in lines],
        columns=_columns(lines),
        quantity=quantity(sum((line.quantity for line in lines), Decimal(0))),
        rounding=quantity(rounding) if any(line.rounding for line in lines) else "",
        source_total=quantity(source_total),
        entries=order_entries(events[:MOST_EVENTS]),
        event_count=len(events),
        returns=returns,
        snapshot_count=order.snapshots.count(),
        marks=marks,
    )


_WAY: tuple[tuple[Status, str], ...] = (
    (Status.RECEIVED, "received_at"),
    (Status.REVIEWED, "reviewed_at"),
    (Status.ENTERED, "entered_at"),
    (Status.VERIFIED, "verified_at"),
    (Status.CONFIRMED, "confirmed_at"),
    (Status.RELEASED, "released_at"),
    (Status.COMPLETED, "completed_at"),
    (Status.CLOSED, "closed_at"),
)
_SIDE_STEPS = {Status.CLARIFYING: Status.RECEIVED, Status.PENDING_APPROVAL: Status.VERIFIED}


def stops_of(order: Order) -> list[Stop]:
    """The way through the states with the moments that are known; a sheet knows only some of them."""
    state = Status(order.state)
    ended = state in (Status.CANCELLED, Status.REJECTED)
    states = [stop for stop, _field in _WAY]
    reached = -1 if ended else states.index(_SIDE_STEPS.get(state, state))
    stops = []
    for place, (stop, field) in enumerate(_WAY):
        at: datetime | None = getattr(order, field)
        is_done = at is not None if ended else place <= reached
        if ended and not is_done:
            continue
        stops.append(Stop(stop.label, LOOKS[stop].icon, is_done, stop == state, at if is_done else None))
        if state in _SIDE_STEPS and place == reached:
            stops.append(Stop(state.label, LOOKS[state].icon, is_done=True, is_now=True, at=None))
    if ended:
        stops.append(Stop(state.label, LOOKS[state].icon, is_done=True, is_now=True, at=order.cancelled_at))
    return stops


def axes_of(order: Order, lines: Sequence[OrderLine], return_count: int) -> list[Axis]:
    """Fulfilment, invoicing, payment and return, each with a bar."""
    shipped = _done_rows(lines, "shipped_quantity")
    invoiced = _done_rows(lines, "invoiced_quantity")
    return [
        Axis(
            _("Fulfilment"),
            "truck",
            str(Fulfilment(order.fulfilment).label),
            _of_rows(shipped, len(lines)),
            _share(order.fulfilment, Fulfilment.NONE, Fulfilment.PARTIAL, shipped, len(lines)),
            "bad" if order.fulfilment == Fulfilment.EXCEPTION else "ok",
        ),
        Axis(
            _("Invoice"),
            "receipt",
            str(Invoicing(order.invoicing).label),
            _of_rows(invoiced, len(lines)),
            _share(order.invoicing, Invoicing.NONE, Invoicing.PARTIAL, invoiced, len(lines)),
            "bad" if order.invoicing == Invoicing.RED else "2",
        ),
        Axis(
            _("Payment"),
            "cash",
            str(Payment(order.payment).label),
            order.get_payment_terms_display(),
            {Payment.NONE: 0, Payment.PARTIAL: 50, Payment.OVERDUE: 50}.get(Payment(order.payment), 100),
            "bad" if order.payment == Payment.OVERDUE else "ok",
        ),
        Axis(
            _("Return"),
            "arrow-back-up",
            str(Returning(order.returning).label),
            ngettext("%(count)s return", "%(count)s returns", return_count) % {"count": return_count}
            if return_count
            else "",
            {Returning.NONE: 0, Returning.OPEN: 10, Returning.PARTIAL: 50}.get(Returning(order.returning), 100),
            "warn",
        ),
    ]


def _done_rows(lines: Sequence[OrderLine], field: str) -> int:
    return sum(
        1
        for line in lines
        if getattr(line, field) and abs(getattr(line, field)) >= abs(line.quantity - line.cancelled_quantity)
    )


def _of_rows(done: int, count: int) -> str:
    return _("%(done)s of %(count)s rows") % {"done": done, "count": count} if done else ""


def _share(value: str, nothing: str, partly: str, done: int, count: int) -> int:
    if value == nothing:
        return 0
    return round(100 * done / count) if value == partly and count and done else 50 if value == partly else 100


def _columns(lines: Sequence[OrderLine]) -> LineColumns:
    return LineColumns(
        discount=any(line.discount for line in lines),
        rounding=any(line.rounding for line in lines),
        part_number=any(line.customer_part_number for line in lines),
        due_on=any(line.due_on for line in lines),
        shipped=any(line.shipped_quantity for line in lines),
        closed_short=any(line.cancelled_quantity for line in lines),
        returned=any(line.returned_quantity for line in lines),
    )


def line_row(order: Order, line: OrderLine, marks: Marks) -> LineRow:
    """The row in words."""
    tag, tone = _tag(line)
    return LineRow(
        position=line.position,
        product_id=line.product_id,
        code=line.product_code,
        name=line.product_name,
        spec=line.spec,
        part_number=line.customer_part_number,
        quantity=quantity(line.quantity),
        unit=line.unit,
        price=price_words(line.unit_price, order.currency),
        list_price=price_words(line.list_price, order.currency) if line.list_price is not None else "",
        reason=tell_reason(line.price_reason) if line.price_reason else "",
        discount=f"{quantity(line.discount * 100)}%" if line.discount else "",
        tax_rate=line.get_tax_rate_display() if line.tax_rate else "",
        net=format_money(line.net, order.currency),
        tax=format_money(line.tax, order.currency),
        amount=format_money(line.amount, order.currency),
        rounding=quantity(line.rounding) if line.rounding else "",
        source_amount=quantity(line.source_amount) if line.source_amount is not None else "",
        shipped=quantity(line.shipped_quantity),
        closed_short=quantity(line.cancelled_quantity) if line.cancelled_quantity else "",
        returned=quantity(line.returned_quantity) if line.returned_quantity else "",
        due_on=line.due_on,
        remarks=line.remarks,
        tag=tag,
        tone=tone,
        marks=marks.lines.get(line.pk, {}),
        why=marks.reasons.get(line.pk, ""),
    )


def price_words(price: Decimal, currency: str) -> str:
    """A unit price with at least the currency's cents and as many places more as it has: "12.50", "0.333333"."""
    short = price.normalize()
    exponent = short.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        return f"{short:,f}"
    return format_money(price, currency)


def _tag(line: OrderLine) -> tuple[str, str]:
    wanted = abs(line.quantity - line.cancelled_quantity)
    if not wanted:
        return _("Cancelled"), ""
    if line.shipped_quantity and abs(line.shipped_quantity) >= wanted:
        return str(Fulfilment.SHIPPED.label), "ok"
    return (str(Fulfilment.PARTIAL.label), "warn") if line.shipped_quantity else ("", "")
