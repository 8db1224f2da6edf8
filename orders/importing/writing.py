"""Staged orders into the books: one transaction, all rows or none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from customers.importing.making import Maker
from orders.importing.aftermath import link_returns, write_unassigned
from orders.importing.people import Salespeople
from orders.importing.settling import Buyer, Goods, Parties
from orders.importing.staging import Stage, from_cents, from_millionths, from_ten_thousandths
from orders.importing.states import LineStanding, OrderStanding, moments_of, standing_of_order
from orders.models import Order, OrderEvent, OrderLine, OrderSnapshot
from orders.snapshots import HEADER_FIELDS, content_of, plain_value
from orders.status import OPEN_STATES, Fulfilment, Status
from orders.totals import write_totals
from salesops.bulk import insert_rows, reserve_ids
from salesops.failpoints import failpoint, register_failpoint
from salesops.numbering.numbers import reserve_numbers
from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.tables import Watch

if TYPE_CHECKING:
    from staff.models import User

ORDER_CHANGED = gettext_noop(
    "The order %(number)s changed since the preview. Look at the preview again before writing."
)
WRITING = gettext_noop("Writing orders")
CHUNK_LINES = 8000
MIDWAY = register_failpoint("orders.import.midway", "inside the import's transaction, after the first orders")
WRITTEN = register_failpoint("orders.import.written", "inside the import's transaction, after every row")


@dataclass
class Chunk:
    """Rows that go out together."""

    orders: list[tuple[Any, ...]] = field(default_factory=list)
    lines: list[tuple[Any, ...]] = field(default_factory=list)
    snapshots: list[tuple[Any, ...]] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)


LINE_COLUMNS = (
    "id", "order_id", "position", "product_id", "product_code", "product_name", "spec", "unit", "quantity",
    "unit_price", "discount", "tax_rate",
    "net", "tax", "amount", "source_amount", "due_on",
    "shipped_quantity", "cancelled_quantity", "remarks",
)  # fmt: skip
STAGED_LINES = (
    "SELECT order_id, product, quantity, price, discount, tax_rate, net, tax, amount, source, shipped, status, name,"
    " spec, unit, due, remarks, moment FROM lines ORDER BY order_id, id"
)
ORDER_COLUMNS = (
    "id", "number", "kind", "customer_id", "customer_name", "team_id", "salesperson_id", "owner_id", "channel",
    "source_number", "customer_po", "state", "fulfilment", "returning", "received_at", "entered_at", "confirmed_at",
    "released_at", "shipped_at", "completed_at", "closed_at", "cancelled_at", "due_at", "requested_on", "promised_on",
    "ship_method", "payment_terms", "currency", "prices_include_tax", "net", "tax", "total", "line_count", "ship_to",
    "ship_to_receiver", "ship_to_phone", "batch_id", "created_by_id", "updated_by_id",
)  # fmt: skip
PLACE = {name: place for place, name in enumerate(ORDER_COLUMNS)}
_BLANK = Order()
_BLANK_HEADER = {name: plain_value(getattr(_BLANK, name)) for name in HEADER_FIELDS} | {"exchange_rate": "1"}


class OrderWriter:
    """Writes one staged batch inside the caller's transaction."""

    def __init__(self, stage: Stage, batch: ImportBatch, watch: Watch) -> None:
        self.stage = stage
        self.batch = batch
        self.watch = watch
        self.by: User | None = batch.uploaded_by
        self.now = timezone.now()
        self.maker = Maker(batch, self.by, self.now)
        self.stays_open = bool(stage.get("open_orders"))
        self.buyers: dict[int, Buyer] = {}
        self.goods: dict[int, Goods] = {}
        self.people = Salespeople()
        self.cancelled_cents = 0
        self.states: dict[str, int] = {}
        self._total = stage.number("SELECT COUNT(*) FROM lines")
        self._written = 0
        self._chunks = 0

    def write(self) -> dict[str, Any]:
        """Everything; returns what the report says about it."""
        parties = Parties(self.stage, self.maker)
        self.people, self.buyers, self.goods = parties.people, parties.buyers, parties.goods
        self.watch(0, self._total, WRITING)
        self._number_orders()
        self._write_orders()
        self._fill_waiting_orders()
        link_returns(self.stage, self.maker, self._pks)
        write_unassigned(self.stage, self.maker)
        failpoint(WRITTEN)
        return {
            "cancelled_total": str(from_cents(self.cancelled_cents)),
            "states": self.states,
            "people_made": self.people.made,
        }

    # -- orders -----------------------------------------------------------------------------------------------------

    def _number_orders(self) -> None:
        """One reservation a day; days in order, so that two imports never wait for each other crosswise."""
        self._numbers: dict[str, Iterator[str]] = {}
        days = list(
            self.stage.rows("SELECT day, COUNT(*) FROM orders WHERE existing IS NULL GROUP BY day ORDER BY day")
        )
        for day, count in days:
            self._numbers[day] = iter(reserve_numbers("SO", date.fromisoformat(day), count))
        self._order_ids = iter(reserve_ids(Order, sum(count for _, count in days)))
        self._line_ids = iter(reserve_ids(OrderLine, self._total))
        self._pks: dict[int, int] = {}

    def _write_orders(self) -> None:
        staged = groupby(self.stage.rows(STAGED_LINES), key=lambda row: row[0])
        upcoming = next(staged, None)
        chunk = Chunk()
        orders = self.stage.rows(
            "SELECT id, number, customer, day, existing, header, state, moment FROM orders ORDER BY id"
        )
        for order in orders:
            lines: list[tuple[Any, ...]] = []
            if upcoming is not None and upcoming[0] == order[0]:
                lines = list(upcoming[1])
                upcoming = next(staged, None)
            if order[4] is None:
                self._add_order(chunk, order, lines)
            if len(chunk.lines) + len(chunk.orders) >= CHUNK_LINES:
                self._send(chunk)
                chunk = Chunk()
        self._send(chunk)

    def _add_order(self, chunk: Chunk, staged: tuple[Any, ...], lines: Sequence[tuple[Any, ...]]) -> None:
        stage_id, number, customer, day, _, header_text, word, moment = staged
        header = json.loads(header_text)
        buyer = self.buyers[customer]
        said = [LineStanding(line[2], line[11], line[10]) for line in lines]
        standing = standing_of_order(
            number, word, header.get("shipped", ""), said,
            has_ship_date=header.get("has_ship_date", False), stays_open=self.stays_open,
        )  # fmt: skip
        pk = next(self._order_ids)
        sums = [sum(line[place] for line in lines) for place in (6, 7, 8)]
        row = self._order_row(pk, next(self._numbers[day]), number, buyer, header, standing, moment, sums, lines)
        kept = self._add_lines(chunk, pk, lines, standing)
        chunk.orders.append(row)
        state = row[PLACE["state"]]
        self.states[state] = self.states.get(state, 0) + 1
        if state == Status.CANCELLED:
            self.cancelled_cents += sums[0]
        by = self.by.pk if self.by else None
        chunk.snapshots.append((pk, 0, self._content(row, kept), self.now, by))
        after = {"batch": self.batch.pk, "line_count": len(lines), "total": plain_value(from_cents(sums[2]))}
        chunk.events.append((pk, "imported", self.now, by, after))
        if self._keeps_pks:
            self._pks[stage_id] = pk

    @property
    def _keeps_pks(self) -> bool:
        """Only returns need to know afterwards which order became which."""
        if not hasattr(self, "_has_returns"):
            self._has_returns = self.stage.number("SELECT COUNT(*) FROM returned") > 0
        return self._has_returns

    def _order_row(
        self,
        pk: int,
        our_number: str,
        number: str,
        buyer: Buyer,
        header: dict[str, Any],
        standing: OrderStanding,
        moment: str,
        sums: list[int],
        lines: Sequence[tuple[Any, ...]],
    ) -> tuple[Any, ...]:
        place = standing.standing
        received = min((line[17] for line in lines if line[17]), default=moment) or moment
        shipped_at = datetime.fromisoformat(standing.shipped_at) if standing.shipped_at else None
        moments = moments_of(place, datetime.fromisoformat(received), shipped_at)
        due = header.get("due") or min((line[15] for line in lines if line[15]), default=None)
        by = self.by.pk if self.by else None
        texts = (
            header.get(name)
            for name in ("ship_to", "ship_to_city", "ship_to_region", "ship_to_postcode", "ship_to_country")
        )
        values: dict[str, Any] = {
            "id": pk, "number": our_number, "kind": Order.Kind.RETURN if standing.is_return else Order.Kind.SALE,
            "customer_id": buyer.pk, "customer_name": buyer.name,
            "team_id": buyer.team_id or (self.by.team_id if self.by else None),
            "salesperson_id": self.people.of(header) or buyer.salesperson_id, "owner_id": buyer.clerk_id or by,
            "channel": Order.Channel.SHEET, "source_number": number, "customer_po": header.get("customer_po", ""),
            "state": place.state.value, "fulfilment": place.fulfilment.value, "returning": place.returning.value,
            "due_at": _end_of(due) if due and place.state in OPEN_STATES else None,
            "requested_on": date.fromisoformat(due) if due else None,
            "promised_on": date.fromisoformat(header["promised"]) if header.get("promised") else None,
            "ship_method": header.get("ship_method", ""), "payment_terms": buyer.payment_terms,
            "currency": _currency(header.get("currency", "")) or buyer.currency or settings.HOUSE_CURRENCY,
            "prices_include_tax": not any(line[7] for line in lines) or _includes_tax(lines),
            "net": from_cents(sums[0]), "tax": from_cents(sums[1]), "total": from_cents(sums[2]),
            "line_count": len(lines),
            "ship_to": ", ".join(filter(None, texts))[:400], "ship_to_receiver": header.get("ship_to_receiver", ""),
            "ship_to_phone": header.get("ship_to_phone", ""), "batch_id": self.batch.pk, "created_by_id": by,
            "updated_by_id": by,
        } | moments  # fmt: skip
        return tuple(values[name] for name in ORDER_COLUMNS)

    def _add_lines(
        self, chunk: Chunk, order: int, lines: Sequence[tuple[Any, ...]], standing: OrderStanding, first: int = 1
    ) -> list[dict[str, Any]]:
        """Rows of OrderLine, and the same lines as a snapshot keeps them."""
        kept = []
        for position, line in enumerate(lines, first):
            (
                _,
                product,
                quantity,
                price,
                discount,
                rate,
                net,
                tax,
                amount,
                source,
                _,
                _,
                name,
                spec,
                unit,
                due,
                remarks,
                _,
            ) = line
            goods = self.goods.get(product)
            name = name or (goods.name if goods else "")
            pk = next(self._line_ids)
            many = from_ten_thousandths(quantity)
            shipped, cancelled = standing.shipped[position - first], standing.cancelled[position - first]
            chunk.lines.append(
                (
                    pk, order, position, goods.pk if goods else None, goods.code if goods else "", name,
                    spec or (goods.spec if goods else ""), unit or (goods.unit if goods else ""), many,
                    from_millionths(price), from_millionths(discount), rate, from_cents(net), from_cents(tax),
                    from_cents(amount), from_millionths(source), due or None,
                    many if shipped else Decimal(0), many if cancelled else Decimal(0), remarks,
                )
            )  # fmt: skip
            row = chunk.lines[-1]
            kept.append(
                {
                    "id": pk, "position": position, "product_id": row[3], "product_code": row[4], "product_name": name,
                    "spec": row[6], "unit": row[7], "customer_part_number": "", "quantity": _plain(quantity, 4),
                    "unit_price": _plain(price, 6), "list_price": None, "price_reason": "",
                    "discount": _plain(discount, 6), "tax_rate": rate, "net": _plain(net, 2), "tax": _plain(tax, 2),
                    "amount": _plain(amount, 2), "source_amount": _plain(source, 6), "due_on": due or None,
                    "remarks": remarks,
                }
            )  # fmt: skip
        return kept

    @staticmethod
    def _content(row: tuple[Any, ...], lines: list[dict[str, Any]]) -> dict[str, Any]:
        content = dict(_BLANK_HEADER)
        for name in HEADER_FIELDS:
            if name in PLACE:
                content[name] = plain_value(row[PLACE[name]])
        content["customer_id"] = row[PLACE["customer_id"]]
        content["customer_name"] = row[PLACE["customer_name"]]
        for name in ("net", "tax", "total"):
            content[name] = plain_value(row[PLACE[name]])
        content["lines"] = lines
        return content

    def _send(self, chunk: Chunk) -> None:
        self.watch(self._written, self._total, WRITING)
        insert_rows(Order, ORDER_COLUMNS, chunk.orders)
        insert_rows(OrderLine, LINE_COLUMNS, chunk.lines)
        insert_rows(OrderSnapshot, ("order_id", "revision", "content", "at", "by_id"), chunk.snapshots)
        insert_rows(OrderEvent, ("order_id", "kind", "at", "by_id", "after"), chunk.events)
        self._written += len(chunk.lines)
        self._chunks += 1
        if self._chunks == 1:
            failpoint(MIDWAY)

    # -- orders that waited for their lines -------------------------------------------------------------------------

    def _fill_waiting_orders(self) -> None:
        staged = list(
            self.stage.rows("SELECT id, existing, header FROM orders WHERE existing IS NOT NULL ORDER BY existing")
        )
        for stage_id, pk, header in staged:
            order = Order.objects.select_for_update(of=("self",)).filter(pk=pk).first()
            if order is None or order.line_count or order.version != json.loads(header)["version"]:
                raise SheetRefused(ORDER_CHANGED, {"number": order.number if order else str(pk)})
            lines = list(self.stage.rows(STAGED_LINES.replace("ORDER BY", "WHERE order_id = ? ORDER BY"), (stage_id,)))
            if lines:
                self._fill(order, lines)

    def _fill(self, order: Order, lines: list[tuple[Any, ...]]) -> None:
        shipped = order.fulfilment in {Fulfilment.SHIPPED, Fulfilment.DELIVERED, Fulfilment.SIGNED}
        cancelled = order.state == Status.CANCELLED
        standing = OrderStanding(
            standing_of_order("", "", "", [], has_ship_date=False, stays_open=False).standing, False,
            tuple(shipped for _ in lines), tuple(cancelled for _ in lines), "",
        )  # fmt: skip
        chunk = Chunk()
        self._add_lines(chunk, order.pk, lines, standing)
        insert_rows(OrderLine, LINE_COLUMNS, chunk.lines)
        self._written += len(lines)
        written = list(order.lines.all())
        write_totals(order, written)
        if any(line.tax for line in written):
            order.prices_include_tax = _includes_tax(lines)
        order.version = F("version") + 1
        order.updated_at, order.updated_by = self.now, self.by
        order.save(
            update_fields=[
                "net",
                "tax",
                "total",
                "line_count",
                "prices_include_tax",
                "version",
                "updated_at",
                "updated_by",
            ]
        )
        order.refresh_from_db(fields=["version"])
        OrderSnapshot.objects.create(
            order=order, revision=1, content=content_of(order, written), at=self.now, by=self.by
        )
        after = {"batch": self.batch.pk, "line_count": order.line_count, "total": plain_value(order.total)}
        OrderEvent.objects.create(order=order, kind="imported", at=self.now, by=self.by, after=after)


def _plain(number: int, places: int) -> str:
    """A whole number of hundredths, ten-thousandths or millionths as snapshots write decimals."""
    if not number:
        return "0"
    text = f"{abs(number):0{places + 1}d}"
    fraction = text[-places:].rstrip("0")
    return f"{'-' if number < 0 else ''}{text[:-places]}{'.' if fraction else ''}{fraction}"


def _includes_tax(lines: Sequence[tuple[Any, ...]]) -> bool:
    """Whether the unit prices of taxed lines hold the tax: quantity x price comes nearer to gross than to net."""
    for line in lines:
        if line[7]:
            full = line[2] * line[3] * (1_000_000 - line[4])  # ten-thousandths x millionths x millionths
            scale = 10**14  # to cents
            return bool(abs(full - line[8] * scale) <= abs(full - line[6] * scale))
    return True


def _currency(text: str) -> str:
    """A currency code out of what people write."""
    code = text.strip().upper()
    named = {
        "人民币": "CNY",
        "RMB": "CNY",
        "美元": "USD",
        "欧元": "EUR",
        "港币": "HKD",
        "日元": "JPY",
        "¥": "CNY",
        "￥": "CNY",
    }
    return named.get(code, code if len(code) == 3 and code.isascii() and code.isalpha() else "")


def _end_of(day: str) -> datetime:
    """The last minute of a day in the company's zone."""
    return datetime.combine(date.fromisoformat(day), time(23, 59), tzinfo=timezone.get_default_timezone())
