"""What the entry page asks while somebody types, and the journal it keeps."""

from __future__ import annotations

from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers.models import CustomerPartNumber
from customers.searching import find_products
from orders.actions.drafts import Change, discard_draft, keep_draft
from orders.entry.header import header_checks
from orders.entry.page import card_of
from orders.entry.paste import field_choices, read_paste
from orders.entry.reach import customer_for, order_for
from orders.entry.rows import last_order, product_hits, read_rows, rows_of
from orders.entry.sent import (
    BadBodyError,
    body_of,
    columns_sent,
    header_sent,
    keys_of,
    rows_sent,
    token_of,
    whole,
)
from orders.errors import OrderError
from salesops.web.access import PersonRequest, require
from staff.roles import Permission

LONGEST_PASTE = 400_000  # signs


@require_safe
@require(Permission.ENTER_ORDERS)
def entry_products(request: PersonRequest) -> JsonResponse:
    """Products by code, name, initials or the customer's part number, with this customer's price."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    customer = customer_for(request.user, request.GET.get("customer", ""))
    found = find_products(text, 8) if text else []
    if customer is not None and text:
        numbers = CustomerPartNumber.objects.filter(customer=customer, number__istartswith=text)
        own = [part.product for part in numbers.select_related("product")[:8]]
        found = list({product.pk: product for product in [*own, *found]}.values())[:10]
    found.sort(key=lambda product: product.is_discontinued)
    return JsonResponse({"hits": product_hits(found, customer)})


@require_safe
@require(Permission.ENTER_ORDERS)
def entry_customer(request: PersonRequest) -> JsonResponse:
    """The card of the chosen customer and the products they usually buy."""
    customer = customer_for(request.user, request.GET.get("customer", ""))
    if customer is None:
        raise Http404
    return JsonResponse({"customer": card_of(customer, request.user)})


@require_safe
@require(Permission.ENTER_ORDERS)
def entry_last(request: PersonRequest) -> JsonResponse:
    """The rows of the customer's last order, priced as of today."""
    customer = customer_for(request.user, request.GET.get("customer", ""))
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
        body = body_of(request.body)
        token, sequence = token_of(body), whole(body.get("sequence"))
        rows = rows_sent(body.get("rows"), may_be_gone=True)
        keys, header = keys_of(body.get("keys")), header_sent(body.get("header"))
    except BadBodyError:
        return refused()
    customer = customer_for(request.user, body.get("customer"))
    order = order_for(request.user, body.get("order"))
    change = Change(rows, keys, header, bool(body.get("whole")))
    try:
        kept = keep_draft(
            by=request.user, token=token, sequence=sequence, change=change, customer=customer, order=order,
            based_on=whole(body.get("version") or 0),
        )  # fmt: skip
    except OrderError as refusal:
        return JsonResponse({"error": str(refusal), "kind": refusal.field}, status=409)
    written = kept.draft.content["rows"] if kept.is_taken else {}
    asked = [written.get(key, row) for key, row in rows.items() if row is not None]
    answers = read_rows(asked, customer=customer, order=order) if asked else []
    return JsonResponse(
        {
            "sequence": kept.draft.sequence,
            "taken": kept.is_taken,
            "rows": answers,
            "header": header_checks(customer, order, kept.draft.content.get("header") or {}, body.get("total")),
        }
    )


@require_POST
@require(Permission.ENTER_ORDERS)
def entry_paste(request: PersonRequest) -> JsonResponse:
    """Rows out of the clipboard, mapped and checked in one go."""
    try:
        body = body_of(request.body)
        text = body.get("text")
        if not isinstance(text, str) or len(text) > LONGEST_PASTE:
            raise BadBodyError
        chosen = columns_sent(body.get("columns"))
    except BadBodyError:
        return refused()
    customer = customer_for(request.user, body.get("customer"))
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
            "said": pasted.is_said,
        }
    )


@require_POST
@require(Permission.ENTER_ORDERS)
def entry_discard(request: PersonRequest) -> JsonResponse:
    """Throw a draft away."""
    try:
        token = token_of(body_of(request.body))
    except BadBodyError:
        return refused()
    return JsonResponse({"gone": discard_draft(by=request.user, token=token)})


def refused() -> JsonResponse:
    """The answer to what no page of ours sends."""
    return JsonResponse({"error": _("This page is out of date. Load it again; what you typed comes back.")}, status=400)
