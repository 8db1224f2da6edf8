"""Writing an order: the first save, every later one, and notes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers.models import Address, Customer, InvoiceProfile
from customers.pricing import PriceBook
from customers.validation import check_text, strip_invisible
from orders.actions.approve import void_approvals
from orders.actions.move import Walk
from orders.actions.part_numbers import remember_after_commit
from orders.desk.deadlines import due_now, keep_deadline
from orders.errors import ConflictError, Difference, OrderError
from orders.models import Order, OrderEvent, OrderLine, OrderSnapshot
from orders.origins import Origins
from orders.rows import LineEntry, apply_entries
from orders.signals import order_changed
from orders.snapshots import Content, changed_keys, compare, content_of, plain_value
from orders.status import EDITABLE_STATES, Status
from salesops.numbering.numbers import house_day, next_number
from salesops.prepared import Prepared

if TYPE_CHECKING:
    from staff.models import User

_SHIFT = 1_000_000  # moves rows out of the way of each other while they change places

_HELD = Prepared(lambda pk: Customer.objects.select_for_update(of=("self",)).select_related("price_list").filter(pk=pk))
_ADDRESS = Prepared(lambda customer: Address.objects.filter(customer=customer, is_default=True)[:1])
_PROFILE = Prepared(
    lambda customer: InvoiceProfile.objects.filter(customer=customer, is_default=True, is_current=True).values_list(
        "pk", flat=True
    )[:1]
)
_MADE = Prepared(lambda token: Order.objects.filter(form_token=token).values_list("pk", flat=True)[:1])


def create_order(
    *, by: User, customer: Customer, lines: Sequence[LineEntry], form_token: UUID | None = None, **header: Any
) -> Order:
    """Write a new order. The same token with the same body gives the order it made before; OrderError otherwise.

    ``header`` may hold any of snapshots.HEADER_FIELDS; what is missing comes from the customer.
    """
    return write_order(by=by, customer=customer, lines=lines, form_token=form_token, **header).order


@dataclass(frozen=True, slots=True)
class Written:
    """An order that was asked for, and whether it is new or had been made before."""

    order: Order
    is_new: bool = False


def write_order(
    *,
    by: User,
    customer: Customer,
    lines: Sequence[LineEntry],
    form_token: UUID | None = None,
    onward: Callable[[Walk], None] | None = None,
    further: Callable[[Walk, Sequence[OrderLine]], None] | None = None,
    prices: PriceBook | None = None,
    origins: Origins | None = None,
    **header: Any,
) -> Written:
    """``create_order``, with whether the order is new.

    ``onward`` may bring a new one on before it is first written: its first save and its way are then one statement,
    and the diary tells both. ``further`` does what else belongs to it before it has a number, and may bring it on once
    more: the counter is held from the number to the commit, and whoever enters another order at this moment waits for
    so long. ``prices`` are those of the customer for these products, where they are at hand; ``origins`` is where the
    values came from, kept with the first save.
    """
    fingerprint = _fingerprint(by, customer, lines, header)
    if form_token is not None and (earlier := _made_before(form_token, fingerprint)):
        return Written(earlier)
    try:
        with transaction.atomic():
            way, rows = _write_new(by, customer, lines, form_token, fingerprint, onward, prices, origins, header)
            if further is not None:
                further(way, rows)
            way.order.number = next_number("SO", house_day())
            way.write(also="number")
            return Written(way.order, is_new=True)
    except IntegrityError:
        # Two posts of one form at the same moment: the database let one through, the other gets its order.
        if form_token is not None and (earlier := _made_before(form_token, fingerprint)):
            return Written(earlier)
        raise


@transaction.atomic
def edit_order(
    *,
    by: User,
    order: Order,
    version: int,
    lines: Sequence[LineEntry],
    origins: Origins | None = None,
    **header: Any,
) -> Order:
    """Save an edited order; rows not in ``lines`` are removed. Nothing changed: nothing written.

    ``origins`` is where the values came from, kept with this save.

    Raises ConflictError with every difference when somebody saved since ``version``; OrderError when the
    order's state does not let it be edited.
    """
    order = Order.objects.select_for_update(of=("self",)).select_related("updated_by").get(pk=order.pk)
    if order.state not in EDITABLE_STATES:
        raise OrderError(
            gettext_noop("An order that is %(state)s can no longer be edited."), {"state": order.get_state_display()}
        )
    stored = list(order.lines.all())
    before = content_of(order, stored)
    written = apply_entries(order, stored, lines, header)
    after = content_of(order, written)
    was, now = compare(before, after)
    if order.version != version:
        raise _conflict(order, was, now)
    if not was and not now:
        return order
    _save_edit(by, order, stored, written)
    if "due_at" not in header:
        keep_deadline(order)
    _keep_snapshot(by, order, before, content_of(order, written) | _kept(origins, written))
    void_approvals(order)
    OrderEvent.objects.create(order=order, kind="changed", by=by, before=was, after=now)
    remember_after_commit(order, written, by.pk)
    _tell(order, "changed")
    return order


@transaction.atomic
def add_note(*, by: User, order: Order, text: str) -> OrderEvent:
    """Write a note into the order's diary; OrderError when it is empty or longer than 2000 characters."""
    text = strip_invisible(text).strip()
    if not text:
        raise OrderError(gettext_noop("Write something before you save the note."), field="text")
    if len(text) > 2000:
        raise OrderError(gettext_noop("A note can have 2000 characters at most."), field="text")
    for problem in check_text(text, "text", lines=True):
        raise OrderError(problem.msgid, problem.values, field="text")
    event = OrderEvent.objects.create(order=order, kind="note", by=by, note=text)
    _tell(order, "note")
    return event


def _write_new(
    by: User,
    customer: Customer,
    lines: Sequence[LineEntry],
    form_token: UUID | None,
    fingerprint: str,
    onward: Callable[[Walk], None] | None,
    prices: PriceBook | None,
    origins: Origins | None,
    header: dict[str, Any],
) -> tuple[Walk, list[OrderLine]]:
    """The order with its lines and its first save; its number and its diary are still to be written."""
    held = _HELD.first(pk=customer.pk)
    if held is None:
        raise Customer.DoesNotExist
    customer = held
    check_customer(customer)
    order = Order(
        customer=customer,
        customer_name=customer.name,
        team_id=customer.team_id or by.team_id,
        salesperson_id=customer.salesperson_id,
        owner_id=customer.clerk_id or by.pk,
        form_token=form_token,
        state=Status.RECEIVED,
        created_by=by,
        updated_by=by,
        **customer_defaults(customer, header),
    )
    written = apply_entries(order, [], lines, header, prices)
    if "due_at" not in header:
        order.due_at = due_now(order)
    order.number = f"~{uuid4().hex}"  # nobody else ever sees it
    told = {"line_count": order.line_count, "total": plain_value(order.total)}
    way = Walk(order, begun=OrderEvent(order=order, kind="created", by=by, after=told))
    if onward is not None:
        onward(way)
    way.store()
    OrderLine.objects.bulk_create(written)
    content = content_of(order, written) | {"request": fingerprint} | _kept(origins, written)
    OrderSnapshot.objects.create(order=order, revision=0, content=content, by=by)
    remember_after_commit(order, written, by.pk)
    _tell(order, "created")
    return way, written


def check_customer(customer: Customer) -> None:
    """Raise OrderError where nothing may be sold to this customer."""
    if customer.is_blocked:
        raise OrderError(
            gettext_noop("%(name)s is blocked: %(reason)s"),
            {"name": customer.name, "reason": customer.blocked_reason or "—"},
            field="customer",
        )
    if not customer.is_active:
        raise OrderError(gettext_noop("%(name)s is no longer active."), {"name": customer.name}, field="customer")


def customer_defaults(customer: Customer, header: dict[str, Any]) -> dict[str, Any]:
    """Address, terms, currency, price list and invoice profile of the customer, where the form gave none."""
    address = _ADDRESS.first(customer=customer.pk)
    price_list = customer.price_list
    defaults: dict[str, Any] = {
        "payment_terms": customer.payment_terms,
        "currency": customer.currency,
        "exchange_rate": Decimal(1),  # as the database gives it back: a snapshot of today reads like one of tomorrow
        "prices_include_tax": price_list.includes_tax if price_list else True,
        "ship_method": customer.carrier,
        "invoice_profile_id": _PROFILE.first(customer=customer.pk),
    }
    if address is not None and not header.get("ship_to"):
        defaults |= {
            "ship_to": str(address),
            "ship_to_receiver": address.receiver,
            "ship_to_phone": address.phone,
        }
    return defaults


def _save_edit(by: User, order: Order, stored: list[OrderLine], written: list[OrderLine]) -> None:
    """Write header and rows; rows step aside first so that two may change places under the unique position."""
    order.version += 1
    order.updated_at, order.updated_by = timezone.now(), by
    order.save()
    kept = [line for line in written if line.pk]
    gone = {line.pk for line in stored} - {line.pk for line in kept}
    if gone:
        OrderLine.objects.filter(pk__in=gone).delete()
    earlier = {line.pk: line for line in stored}
    if any(earlier[line.pk].position != line.position for line in kept):
        OrderLine.objects.filter(order=order).update(position=F("position") + _SHIFT)
    if kept:
        names = [field.name for field in OrderLine._meta.concrete_fields if field.name not in ("id", "order")]
        OrderLine.objects.bulk_update(kept, names, batch_size=50)
    OrderLine.objects.bulk_create([line for line in written if not line.pk])


def _keep_snapshot(by: User, order: Order, before: Content, after: Content) -> None:
    """Keep this save as the next revision; an order that came without revision 0 (a sheet) keeps its first state."""
    last = OrderSnapshot.objects.filter(order=order).order_by("-revision").values_list("revision", flat=True).first()
    if last is None:
        OrderSnapshot.objects.create(order=order, revision=0, content=before, by=order.created_by, at=order.created_at)
        last = 0
    OrderSnapshot.objects.create(order=order, revision=last + 1, content=after, by=by)


def _kept(origins: Origins | None, lines: Sequence[OrderLine]) -> Content:
    return {"origin": origins.content(lines)} if origins is not None else {}


def _conflict(order: Order, was: Content, now: Content) -> ConflictError:
    return ConflictError(
        [Difference(key, was.get(key), now.get(key)) for key in changed_keys(was, now)],
        version=order.version,
        changed_by=str(order.updated_by or ""),
    )


def _made_before(form_token: UUID, fingerprint: str) -> Order | None:
    """The order this token made, if any; OrderError when its form held something else."""
    made = _MADE.first(token=form_token)
    if made is None:
        return None
    order = Order.objects.get(pk=made)
    first = OrderSnapshot.objects.filter(order=order, revision=0).first()
    if first is None or first.content.get("request") != fingerprint:
        raise OrderError(
            gettext_noop("This form was already sent with other content and made %(number)s. Open a new form."),
            {"number": order.number},
        )
    return order


def _fingerprint(by: User, customer: Customer, lines: Sequence[LineEntry], header: dict[str, Any]) -> str:
    """A short sum of everything a form said, the same for the same form."""
    rows = [
        {field.name: plain_value(getattr(entry, field.name)) for field in fields(LineEntry) if field.name != "product"}
        | {"product": entry.product.pk if entry.product else None}
        for entry in lines
    ]
    body = [by.pk, customer.pk, rows, {key: plain_value(value) for key, value in sorted(header.items())}]
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def _tell(order: Order, kind: str) -> None:
    transaction.on_commit(partial(order_changed.send_robust, sender=Order, order_id=order.pk, kind=kind))
