"""Taking a request: an order in the state received, and a draft of its rows parsed from what came with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext_noop

from customers.models import Customer
from orders.actions.diary import write_diary
from orders.actions.enter import check_customer, customer_defaults
from orders.entry.mail_words import Words, read_words
from orders.errors import OrderError
from orders.models import EntryDraft, Evidence, Order, OrderSnapshot, Request, ThreadMessage
from orders.requests.draft_rows import DraftRow, draft_rows, is_order
from orders.requests.sheets import (
    MOST_ROWS,
    best_sheet,
    columns_of,
    columns_there,
    read_sheets,
    readable,
    remember_layout,
    says_how_many,
)
from orders.requests.word_rows import rows_said
from orders.snapshots import HEADER_FIELDS, content_of
from orders.status import Status
from salesops.numbering.numbers import house_day, next_number
from salesops.spreadsheets.faults import SheetRefused

if TYPE_CHECKING:
    from staff.models import User


GUESSED = gettext_noop("No heading of the sheet says how many. Look at which column was taken, then take it.")


@dataclass(slots=True)
class Parsed:
    """The rows a request's sheet or words gave; ``refusal`` where there was one that could not be read."""

    rows: list[DraftRow] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    refusal: str = ""
    is_cut: bool = False
    is_guess: bool = False  # nobody and no heading said in which column the quantity stands


def take_request(
    *,
    by: User,
    request: Request,
    customer: Customer,
    evidence: Evidence | None = None,
    sheet_name: str = "",
    columns: Mapping[str, int] | None = None,
) -> Order:
    """Make an order of a waiting request, in the state received, with its rows as a draft to look through.

    ``evidence`` is the sheet to read (None: the request's first sheet that can be read), ``columns`` what the clerk
    said its columns are (field -> place); that is remembered for this customer's next sheet of the same layout.
    OrderError where the quantity would be taken from a column that nothing names: somebody looks at that first.
    """
    parsed = parse_request(request, customer, evidence=evidence, sheet_name=sheet_name, columns=columns)
    if parsed.is_guess:
        raise OrderError(GUESSED)
    words = read_words(request)
    with transaction.atomic():
        customer = Customer.objects.select_for_update(of=("self",)).select_related("clerk").get(pk=customer.pk)
        check_customer(customer)
        request = lock_waiting(request)
        if columns is not None and parsed.headings:
            chosen = {name: parsed.headings[place] for name, place in columns.items() if place < len(parsed.headings)}
            remember_layout(customer.pk, parsed.headings, chosen, by.pk)
        order = _write_order(by, request, customer)
        request.order, request.customer, request.state = order, customer, Request.State.TAKEN
        request.owner = request.owner or by
        request.team_id = customer.team_id or request.team_id
        request.version += 1
        request.save(update_fields=["order", "customer", "state", "owner", "team", "version"])
        request.evidence.update(order=order)
        _begin_thread(request, order)
        _write_draft(by, request, order, parsed.rows, words)
        write_diary(
            order=order,
            kind="created",
            by=by,
            after={"request": request.number, "draft_rows": len(parsed.rows)},
        )
    return order


def parse_request(
    request: Request,
    customer: Customer,
    *,
    evidence: Evidence | None = None,
    sheet_name: str = "",
    columns: Mapping[str, int] | None = None,
) -> Parsed:
    """The rows of the chosen sheet, or of the first one that can be read and says something, else what the words say.

    Never raises.
    """
    parsed = Parsed()
    wanted = [evidence] if evidence is not None else readable(request.evidence.all())
    for one in wanted:
        try:
            sheets = read_sheets(one)
        except SheetRefused as refusal:
            parsed.refusal = str(refusal)
            continue
        named = [sheet for sheet in sheets if sheet.name == sheet_name]
        sheet = named[0] if named else best_sheet(sheets, customer.pk)
        if sheet is None:
            continue
        places = columns_of(sheet, customer.pk) if columns is None else columns_there(sheet, columns)
        rows = draft_rows(sheet=sheet, columns=places, customer=customer, evidence=one)
        is_guess = columns is None and "quantity" in places and not says_how_many(sheet, customer.pk)
        found = Parsed(rows[:MOST_ROWS], list(sheet.headings), is_cut=sheet.is_cut, is_guess=is_guess)
        if is_order(one, rows):
            return found
        if evidence is not None or not parsed.rows:
            parsed = found
    if said := rows_said(request, customer):
        parsed.rows, parsed.is_guess = said, False
    return parsed


def lock_waiting(request: Request) -> Request:
    """The request, held until the transaction ends; OrderError when somebody has dealt with it."""
    request = Request.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if request.state != Request.State.WAITING:
        raise OrderError(
            gettext_noop("Somebody has dealt with %(number)s already: %(state)s."),
            {"number": request.number, "state": str(request.get_state_display())},
        )
    return request


def _write_order(by: User, request: Request, customer: Customer) -> Order:
    """An order without rows yet; its moments are those of the request."""
    order = Order(
        number=next_number("SO", house_day()),
        customer=customer,
        customer_name=customer.name,
        team_id=customer.team_id or by.team_id,
        salesperson_id=customer.salesperson_id,
        owner=customer.clerk or by,
        channel=request.channel,
        state=Status.RECEIVED,
        sent_at=request.sent_at,
        received_at=request.received_at,
        due_at=request.due_at,
        is_urgent=request.is_urgent,
        created_by=by,
        updated_by=by,
        **customer_defaults(customer, {}),
    )
    order.save(force_insert=True)
    OrderSnapshot.objects.create(order=order, revision=0, content=content_of(order, []), by=by)
    return order


def _begin_thread(request: Request, order: Order) -> None:
    """The mail that became the order is the first one of its thread."""
    if request.channel != Order.Channel.MAIL:
        return
    mail = request.evidence.filter(kind=Evidence.Kind.MAIL).first()
    ThreadMessage.objects.create(
        order=order,
        request=request,
        direction=ThreadMessage.Direction.INCOMING,
        state=ThreadMessage.State.RECEIVED,
        sender=request.sender_address,
        subject=request.subject,
        body=request.body,
        message_id=request.message_id,
        evidence=mail,
        at=request.received_at,
    )


def _write_draft(by: User, request: Request, order: Order, rows: list[DraftRow], words: Words) -> None:
    EntryDraft.objects.create(
        owner=by,
        form_token=uuid4(),
        order=order,
        request=request,
        customer_id=order.customer_id,
        content=_draft_content(order, rows, words),
        based_on=order.version,
    )


def _draft_content(order: Order, rows: list[DraftRow], words: Words) -> dict[str, Any]:
    """What the entry page's journal holds: the rows by key, their order, and where the order's header came from."""
    keys = [row["key"] for row in rows]
    header, origin = words
    return {
        "header": header,
        "origin": _header_origin(order) | origin,
        "keys": keys,
        "rows": dict(zip(keys, rows, strict=True)),
    }


def _header_origin(order: Order) -> dict[str, dict[str, str]]:
    """Where each header value came from: the request's own moments, else the customer's defaults."""
    parsed = {"channel", "sent_at", "received_at", "due_at", "is_urgent"}
    return {
        name: {"how": "parsed", "from": "request"} if name in parsed else {"how": "default", "from": "customer"}
        for name in HEADER_FIELDS
        if getattr(order, name) not in (None, "", False)
    }
