"""The page on which orders are entered by keyboard, and what it asks while somebody types."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from customers.models import Customer, CustomerPartNumber
from customers.searching import find_products
from orders.actions.drafts import Change, discard_draft, drafts_of, keep_draft
from orders.actions.enter import check_customer, edit_order
from orders.actions.review import enter_order, submit_entry
from orders.desk.credit import credit_of
from orders.entry.checks import check_header
from orders.entry.paste import field_choices, read_paste
from orders.entry.rows import (
    includes_tax,
    last_order,
    product_hits,
    read_rows,
    rows_of,
    usual_products,
)
from orders.entry.words import entry_words
from orders.errors import ConflictError, OrderError
from orders.forms.entry import LONGEST_KEY, ROW_FIELDS, EntryHeader, EntryRows, text_of
from orders.history import told_differences
from orders.models import EntryDraft, Order, Request
from orders.rows import MAX_LINES
from orders.status import EDITABLE_STATES, Status
from orders.views.detail import visible_order
from salesops.chinese import mask_phone
from salesops.numbering.numbers import house_day
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from salesops.worktime.queries import house_clock
from staff.roles import Permission

LONGEST_PASTE = 400_000  # signs
_KEY = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_KEY}}}")
_SOURCES = frozenset({"typed", "parsed", "default", "last"})
_PLACES = ("product", "quantity", "unit_price", "customer_part_number", "due_on", "product_name", "unit", "percent")


class BadBodyError(Exception):
    """The page sent something no page of ours sends."""


@require_safe
@require(Permission.ENTER_ORDERS)
def entry(request: PersonRequest) -> HttpResponse:
    """Enter a new order; ``?customer=``, ``?copy=``, ``?request=`` and ``?draft=`` fill in what they can."""
    draft = _draft(request)
    if draft is not None and draft.order_id:
        return redirect(reverse("orders:entry_of", args=[draft.order_id], query={"draft": str(draft.form_token)}))
    asked = draft.request if draft else _request(request, request.GET.get("request"))
    customer = draft.customer if draft else (asked.customer if asked else None)
    source = None if draft else _row(Order.objects.visible_to(request.user), request.GET.get("copy"))
    if customer is None:
        wanted = request.GET.get("customer") or (str(source.customer_id) if source else "")
        customer = _customer(request, wanted)
    content = draft.content if draft else _content_of_copy(source)
    return _draw(request, customer=_seen(request, customer), content=content, draft=draft, asked=asked)


@require_safe
@require(Permission.ENTER_ORDERS)
def entry_of(request: PersonRequest, pk: int) -> HttpResponse:
    """Go on with an order that may still be written; one that may not be is shown."""
    order = visible_order(request, pk)
    if order.state not in EDITABLE_STATES:
        words = _("An order that is %(state)s can no longer be edited.")
        toast(request, words % {"state": order.get_state_display()}, tone="warn")
        return redirect("orders:detail", order.pk)
    draft = _draft(request) or next(iter(drafts_of(request.user, order=order)), None)
    if draft is not None and draft.order_id != order.pk:
        draft = None
    rows = rows_of(order, as_copy=False)
    content = {"keys": [row["key"] for row in rows], "rows": {row["key"]: row for row in rows}, "header": {}}
    return _draw(
        request, customer=order.customer, content=draft.content if draft else content, draft=draft, order=order,
        stored=content,
    )  # fmt: skip


@require_safe
@require(Permission.ENTER_ORDERS)
def entry_products(request: PersonRequest) -> JsonResponse:
    """Products by code, name, initials or the customer's part number, with this customer's price."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    customer = _customer(request, request.GET.get("customer", ""))
    found = find_products(text, 8) if text else []
    if customer is not None and text:
        numbers = CustomerPartNumber.objects.filter(Q(number__istartswith=text), customer=customer)
        own = [part.product for part in numbers.select_related("product")[:8]]
        found = list({product.pk: product for product in [*own, *found]}.values())[:10]
    found.sort(key=lambda product: product.is_discontinued)
    return JsonResponse({"hits": product_hits(found, customer)})


@require_safe
@require(Permission.ENTER_ORDERS)
def entry_customer(request: PersonRequest) -> JsonResponse:
    """The card of the chosen customer and the products they usually buy."""
    customer = _customer(request, request.GET.get("customer", ""))
    if customer is None:
        raise Http404
    return JsonResponse({"customer": _card(request, customer)})


@require_safe
@require(Permission.ENTER_ORDERS)
def entry_last(request: PersonRequest) -> JsonResponse:
    """The rows of the customer's last order, priced as of today."""
    customer = _customer(request, request.GET.get("customer", ""))
    source = last_order(customer, request.user) if customer else None
    if customer is None or source is None:
        return JsonResponse({"rows": [], "answers": [], "number": ""})
    rows = rows_of(source, as_copy=True)
    return JsonResponse({"rows": rows, "answers": read_rows(rows, customer=customer), "number": source.number})


@require_POST
@require(Permission.ENTER_ORDERS)
def entry_keep(request: PersonRequest) -> JsonResponse:
    """Take the changed rows: keep them in the journal, answer with prices, amounts and checks of these rows alone."""
    try:
        body = _body(request)
        token, sequence = _token(body), _whole(body.get("sequence"))
        rows = _rows(body.get("rows"), may_be_gone=True)
        keys, header = _keys(body.get("keys")), _header(body.get("header"))
    except BadBodyError:
        return _refused()
    customer = _customer(request, body.get("customer"))
    order = _order(request, body.get("order"))
    change = Change(rows, keys, header, bool(body.get("whole")))
    try:
        kept = keep_draft(
            by=request.user, token=token, sequence=sequence, change=change, customer=customer, order=order,
            request=_request(request, body.get("request")), based_on=_whole(body.get("version") or 0),
        )  # fmt: skip
    except OrderError as refusal:
        return JsonResponse({"error": str(refusal), "kind": refusal.field}, status=409)
    asked = [row for row in rows.values() if row is not None]
    answers = read_rows(asked, customer=customer, order=order) if asked else []
    return JsonResponse(
        {
            "sequence": kept.draft.sequence,
            "taken": kept.is_taken,
            "rows": answers,
            "header": _header_checks(customer, order, kept.draft.content.get("header") or {}, body.get("total")),
        }
    )


@require_POST
@require(Permission.ENTER_ORDERS)
def entry_paste(request: PersonRequest) -> JsonResponse:
    """Rows out of the clipboard, mapped and checked in one go."""
    try:
        body = _body(request)
        text = body.get("text")
        if not isinstance(text, str) or len(text) > LONGEST_PASTE:
            raise BadBodyError
        chosen = _columns(body.get("columns"))
    except BadBodyError:
        return _refused()
    customer = _customer(request, body.get("customer"))
    try:
        pasted = read_paste(text, customer=customer, chosen=chosen, by=request.user)
    except OrderError as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    return JsonResponse(
        {
            "columns": pasted.plain_columns(),
            "fields": field_choices(),
            "rows": pasted.rows,
            "answers": read_rows(pasted.rows, customer=customer),
            "left_out": pasted.left_out,
        }
    )


@require_POST
@require(Permission.ENTER_ORDERS)
def entry_discard(request: PersonRequest) -> JsonResponse:
    """Throw a draft away."""
    try:
        token = _token(_body(request))
    except BadBodyError:
        return _refused()
    return JsonResponse({"gone": discard_draft(by=request.user, token=token)})


@require_POST
@require(Permission.ENTER_ORDERS)
def entry_submit(request: PersonRequest) -> JsonResponse:
    """Make or change the order; what is wrong comes back with its row and field, and nothing is written."""
    try:
        body = _body(request)
        token = _token(body)
        rows = [row for row in _rows(body.get("rows"), may_be_gone=False).values() if row is not None]
        header = EntryHeader(_header(body.get("header")) or {}, customer=None)
    except BadBodyError:
        return _refused()
    order = _order(request, body.get("order"))
    customer = order.customer if order else _customer(request, body.get("customer"))
    if body.get("order") and order is None:
        raise Http404
    if customer is None:
        return _faulty([{"key": "", "field": "customer", "text": _("Choose who the order is for.")}])
    header.customer = customer
    forms = EntryRows(rows, customer=customer, order=order)
    faults = _faults_of(header, forms)
    if not faults and order is None:
        faults = _faults_of_checks(read_rows(rows, customer=customer, order=order), rows)
    elif not faults:
        touched = [row for row in rows if row.get("touched") or not row.get("id")]
        faults = _faults_of_checks(read_rows(touched, customer=customer, order=order), touched)
    if faults:
        return _faulty(faults)
    return _write(request, body, token, customer, order, forms, header)


def _write(
    request: PersonRequest,
    body: Mapping[str, Any],
    token: UUID,
    customer: Customer,
    order: Order | None,
    forms: EntryRows,
    header: EntryHeader,
) -> JsonResponse:
    keys = [key for key, _row_sent, form in forms.by_key() if form in forms.written()]
    try:
        with transaction.atomic():
            if order is None:
                order = enter_order(
                    by=request.user, customer=customer, lines=forms.entries(), form_token=token, **header.values()
                )
            else:
                version = _whole(body.get("over") or body.get("version") or 0)
                order = edit_order(
                    by=request.user, order=order, version=version, lines=forms.entries(), **header.values()
                )
            _confirm_total(order, body.get("total"))
            order = _submitted(request, order)
    except ConflictError as conflict:
        told = [
            {"field": str(row.field), "stored": str(row.before or "—"), "typed": str(row.after or "—")}
            for row in told_differences(conflict.differences)
        ]
        return JsonResponse({"conflict": str(conflict), "version": conflict.version, "differences": told}, status=409)
    except OrderError as refusal:
        place = refusal.line or 0
        key = keys[place - 1] if 0 < place <= len(keys) else ""
        return _faulty([{"key": key, "field": refusal.field, "text": str(refusal)}])
    except BadBodyError:
        return _refused()
    discard_draft(by=request.user, token=token)
    toast(request, _("Order %(number)s is saved.") % {"number": order.number})
    return JsonResponse({"url": reverse("orders:detail", args=[order.pk]), "number": order.number})


def _submitted(request: PersonRequest, order: Order) -> Order:
    """An order on its way is entered now; one that somebody else must look at first stays where it is."""
    if order.state not in (Status.RECEIVED, Status.REVIEWED):
        return order
    try:
        return submit_entry(by=request.user, order=order)
    except (OrderError, PermissionDenied):
        return order


def _confirm_total(order: Order, shown: Any) -> None:
    """What the clerk saw is what is written, to the cent."""
    try:
        total = Decimal(str(shown))
    except InvalidOperation as error:
        raise BadBodyError from error
    if total != order.total:
        raise OrderError(
            gettext_noop("A price has changed since: the total is now %(total)s. Look at it and send again."),
            {"total": f"{order.total:,}"},
            field="total",
        )


def _faults_of(header: EntryHeader, forms: EntryRows) -> list[dict[str, str]]:
    faults = [{"key": "", "field": name, "text": str(text)} for name, texts in header.errors.items() for text in texts]
    if forms.is_valid():
        return faults
    for key, _row_sent, form in forms.by_key():
        faults += [
            {"key": key, "field": name, "text": str(text)} for name, texts in form.errors.items() for text in texts
        ]
    return faults + [{"key": "", "field": "", "text": str(text)} for text in forms.non_form_errors()]


def _faults_of_checks(answers: list[dict[str, Any]], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Errors, and notes for which nobody wrote a reason into the row's remarks."""
    faults = []
    for answer, row in zip(answers, rows, strict=True):
        for check in answer["checks"]:
            if check["level"] == "error":
                faults.append({"key": answer["key"], "field": check["field"], "text": check["text"]})
            elif check["level"] == "note" and not text_of(row.get("remarks")).strip():
                words = _("%(finding)s Write why it is right, or change it.") % {"finding": check["text"]}
                faults.append({"key": answer["key"], "field": check["field"], "text": words})
    return faults


def _faulty(faults: list[dict[str, str]]) -> JsonResponse:
    return JsonResponse({"faults": faults}, status=422)


def _refused() -> JsonResponse:
    return JsonResponse({"error": _("This page is out of date. Load it again; what you typed comes back.")}, status=400)


def _header_checks(
    customer: Customer | None, order: Order | None, header: Mapping[str, Any], total: Any
) -> list[dict[str, Any]]:
    if customer is None:
        return []
    form = EntryHeader(header, customer=customer)
    if not form.is_valid():
        return [
            {"level": "error", "field": name, "text": str(text), "remedies": []}
            for name, texts in form.errors.items()
            for text in texts
        ]
    try:
        sum_shown = Decimal(str(total or 0)) * (order.exchange_rate if order else 1)
    except InvalidOperation:
        sum_shown = Decimal(0)
    values = form.cleaned_data
    days: dict[str, Any] = {name: values[name] for name in ("requested_on", "promised_on") if name in form.sent}
    checks = check_header(
        customer,
        customer_po=values["customer_po"],
        days=days,
        total=sum_shown if sum_shown.is_finite() and abs(sum_shown) < 10**15 else Decimal(0),
        clock=house_clock(),
        today=house_day(),
        order=order,
    )
    return [check.plain() for check in checks]


# -- reading what was sent


def _body(request: PersonRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadBodyError from error
    if not isinstance(body, dict):
        raise BadBodyError
    return body


def _token(body: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(body.get("token")))
    except ValueError as error:
        raise BadBodyError from error


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise BadBodyError
    return value


def _key(value: Any) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise BadBodyError
    return value


def _keys(value: Any) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MAX_LINES:
        raise BadBodyError
    return [_key(key) for key in value]


def _rows(value: Any, *, may_be_gone: bool) -> dict[str, dict[str, Any] | None]:
    if value is None:
        return {}
    if not isinstance(value, list) or len(value) > MAX_LINES * (2 if may_be_gone else 1):
        raise BadBodyError
    rows: dict[str, dict[str, Any] | None] = {}
    for row in value:
        if not isinstance(row, dict):
            raise BadBodyError
        key = _key(row.get("key"))
        rows[key] = None if may_be_gone and row.get("gone") is True else _clean_row(key, row)
    return rows


def _clean_row(key: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with nothing in it that the page does not need."""
    clean: dict[str, Any] = {"key": key} | {name: text_of(row[name]) for name in ROW_FIELDS if row.get(name)}
    if row.get("id") is not None:
        clean["id"] = row["id"] if isinstance(row["id"], int) and 0 < row["id"] < 2**63 else 0
    if row.get("touched") is True:
        clean["touched"] = True
    sources = row.get("from")
    clean["from"] = {
        name: sources[name] for name in _PLACES if isinstance(sources, dict) and sources.get(name) in _SOURCES
    }
    return clean


def _header(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BadBodyError
    names = ("customer_po", "channel", "requested_on", "promised_on", "remarks", "printed_remarks", "address")
    clean: dict[str, Any] = {name: text_of(value[name]) for name in names if name in value}
    if "is_urgent" in value:
        clean["is_urgent"] = value["is_urgent"] is True
    return clean


def _columns(value: Any) -> dict[str, int] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or len(value) > 20:
        raise BadBodyError
    return {str(name): _whole(place) for name, place in value.items()}


def _number(value: Any) -> int:
    text = str(value if value is not None else "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _customer(request: PersonRequest, value: Any) -> Customer | None:
    seen = Customer.objects.visible_to(request.user).select_related("price_list")
    return seen.filter(pk=_number(value)).first()


def _seen(request: PersonRequest, customer: Customer | None) -> Customer | None:
    """A draft may outlive the right to see its customer."""
    return _customer(request, customer.pk) if customer is not None else None


def _order(request: PersonRequest, value: Any) -> Order | None:
    seen = Order.objects.visible_to(request.user).select_related("customer__price_list")
    return seen.filter(pk=_number(value)).first() if value else None


def _request(request: PersonRequest, value: Any) -> Request | None:
    seen = Request.objects.visible_to(request.user).select_related("customer")
    return seen.filter(pk=_number(value)).first() if value else None


def _row(rows: Any, value: Any) -> Any:
    return rows.filter(pk=_number(value)).first() if value else None


def _draft(request: PersonRequest) -> EntryDraft | None:
    try:
        token = UUID(request.GET.get("draft", ""))
    except ValueError:
        return None
    kept = EntryDraft.objects.filter(owner=request.user, form_token=token)
    return kept.select_related("customer", "request", "order").first()


# -- what the page begins with


def _content_of_copy(source: Order | None) -> dict[str, Any]:
    rows = rows_of(source, as_copy=True) if source is not None else []
    return {"keys": [row["key"] for row in rows], "rows": {row["key"]: row for row in rows}, "header": {}}


def _header_of(order: Order) -> dict[str, Any]:
    return {
        "customer_po": order.customer_po,
        "channel": order.channel,
        "requested_on": order.requested_on.isoformat() if order.requested_on else "",
        "promised_on": order.promised_on.isoformat() if order.promised_on else "",
        "is_urgent": order.is_urgent,
        "remarks": order.remarks,
    }


def _card(request: PersonRequest, customer: Customer) -> dict[str, Any]:
    refusal = ""
    try:
        check_customer(customer)
    except OrderError as refused:
        refusal = str(refused)
    credit = credit_of(customer)
    source = last_order(customer, request.user)
    count = Order.objects.visible_to(request.user).open().filter(customer=customer).count()
    return {
        "id": customer.pk,
        "name": customer.name,
        "level": customer.level,
        "url": reverse("customers:detail", args=[customer.pk]),
        "refusal": refusal,
        "terms": customer.get_payment_terms_display(),
        "price_list": customer.price_list.name if customer.price_list else "",
        "currency": customer.currency,
        "gross": includes_tax(customer, None),
        "ships_complete": customer.ships_complete,
        "wishes": customer.shipping_wishes,
        "addresses": [
            {"id": each.pk, "text": f"{each} · {each.receiver} {mask_phone(each.phone)}".strip(" ·")}
            for each in customer.addresses.all()[:20]
        ],
        "credit": {"limit": f"{credit.limit:,}", "used": f"{credit.used:,}", "left": f"{credit.left:,}",
                   "share": int(min(Decimal(100), credit.used * 100 / credit.limit)) if credit.limit else 100}
        if credit.limit is not None and credit.left is not None else None,
        "open": count,
        "open_url": reverse("orders:list") + f"?customer={customer.pk}",
        "last": {"number": source.number, "on": house_day(source.received_at).isoformat(), "lines": source.line_count}
        if source else None,
        "products": product_hits(usual_products(customer), customer),
    }  # fmt: skip


def _draw(
    request: PersonRequest,
    *,
    customer: Customer | None,
    content: Mapping[str, Any],
    draft: EntryDraft | None = None,
    order: Order | None = None,
    asked: Request | None = None,
    stored: Mapping[str, Any] | None = None,
) -> HttpResponse:
    rows = [content["rows"][key] for key in content.get("keys", [])] if content else []
    asked_rows = [row for row in rows if draft is not None or order is None]
    begin = {
        "token": str(draft.form_token if draft else uuid4()),
        "sequence": draft.sequence if draft else 0,
        "restored": draft.updated_at.isoformat() if draft else "",
        "order": order.pk if order else None,
        "version": (draft.based_on if draft and draft.based_on else order.version) if order else 0,
        "request": asked.pk if asked else None,
        "person": request.user.pk,
        "customer": _card(request, customer) if customer else None,
        "gross": includes_tax(customer, order),
        "currency": order.currency if order else (customer.currency if customer else "CNY"),
        "header": ((_header_of(order) if order else {}) | (content.get("header") or {})),
        "rows": rows,
        "answers": read_rows(asked_rows, customer=customer, order=order) if asked_rows else [],
        "today": house_day().isoformat(),
        "urls": {
            name: reverse(f"orders:entry_{name}")
            for name in ("products", "customer", "last", "keep", "paste", "discard", "submit")
        } | {"customers": reverse("orders:find_customers"), "new": reverse("orders:entry"),
             "leave": reverse("orders:detail", args=[order.pk]) if order else reverse("orders:list")},
        "words": entry_words(),
    }  # fmt: skip
    context = {
        "begin": begin,
        "order": order,
        "asked": asked,
        "evidence": list(asked.evidence.all()[:10]) if asked else (list(order.evidence.all()[:10]) if order else []),
        "drafts": [each for each in drafts_of(request.user) if draft is None and order is None],
        "plain_url": _plain_url(request, order),
        "channels": Order.Channel.choices,
    }
    return render(request, "orders/entry/page.html", context)


def _plain_url(request: PersonRequest, order: Order | None) -> str:
    """The same without scripts."""
    if order is not None:
        return reverse("orders:edit", args=[order.pk])
    kept = {name: request.GET[name] for name in ("customer", "copy") if name in request.GET}
    return reverse("orders:create", query=kept)
