"""What the entry page begins with: the customer's card, the header, the rows, and where to ask."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from customers.models import Customer
from orders.actions.enter import check_customer
from orders.desk.credit import credit_of
from orders.entry.rows import includes_tax, last_order, product_hits, rows_of, usual_products
from orders.errors import OrderError
from orders.models import EntryDraft, Order
from orders.origins import KeptOrigins, kept_origins
from salesops.chinese import mask_phone
from salesops.numbering.numbers import house_day

if TYPE_CHECKING:
    from staff.models import User


def content_of(source: Order | None, *, as_copy: bool) -> dict[str, Any]:
    """The rows of an order as a draft holds them, with the places its values had; a copy is priced anew."""
    if source is None:
        return {"keys": [], "rows": {}, "header": {}}
    kept = KeptOrigins() if as_copy else kept_origins(source)
    rows = rows_of(source, as_copy=as_copy, kept=kept)
    told = {"header": {}, "origin": kept.of_header(source)}
    return {"keys": [row["key"] for row in rows], "rows": {row["key"]: row for row in rows}, **told}


def drafted(order: Order, draft: EntryDraft) -> dict[str, Any]:
    """What a draft of an order holds; of a saved order the places of its header are those it was saved with."""
    if not order.line_count:
        return dict(draft.content)
    return {**draft.content, "origin": kept_origins(order).of_header(order)}


def parsed_content(order: Order) -> dict[str, Any] | None:
    """What was parsed for an order that has no rows yet, whoever took its request; None where nothing was."""
    if order.line_count:
        return None
    draft = EntryDraft.objects.filter(order=order, request__isnull=False).order_by("-updated_at").first()
    return dict(draft.content) if draft is not None else None


def header_begun(order: Order | None, content: Mapping[str, Any]) -> dict[str, Any]:
    """The header the page begins with, and how each of its values came; of saved ones its places tell."""
    kept = content.get("header") or {}
    origins = (content.get("origin") or {}) if order is None or not order.line_count else {}
    stored = _header_of(order) if order is not None else {}
    sources = {name: origins[name]["how"] for name in {**stored, **kept} if name in origins}
    return stored | kept | {"from": sources | (kept.get("from") or {})}


def saved_now(order: Order | None) -> dict[str, Any]:
    """Header and rows as they are saved now, for a page that began with older ones."""
    now = Order.objects.filter(pk=order.pk).first() if order is not None else None
    return {"rows": rows_of(now, as_copy=False), "header": _header_of(now)} if now is not None else {}


def _header_of(order: Order) -> dict[str, Any]:
    return {
        "customer_po": order.customer_po,
        "channel": order.channel,
        "requested_on": order.requested_on.isoformat() if order.requested_on else "",
        "promised_on": order.promised_on.isoformat() if order.promised_on else "",
        "is_urgent": order.is_urgent,
        "remarks": order.remarks,
    }


def _invoice_of(customer: Customer) -> str:
    """The title and tax number that will stand on the invoice, and its kind."""
    profile = customer.invoice_profiles.filter(is_default=True, is_current=True).first()
    if profile is None:
        return ""
    return " · ".join(filter(None, (profile.title, profile.tax_number, profile.get_kind_display())))


def card_of(customer: Customer, person: User) -> dict[str, Any]:
    """What the page shows of a customer, and the products they usually buy."""
    refusal = ""
    try:
        check_customer(customer)
    except OrderError as refused:
        refusal = str(refused)
    credit = credit_of(customer)
    source = last_order(customer, person)
    count = Order.objects.visible_to(person).open().filter(customer=customer).count()
    return {
        "id": customer.pk,
        "name": customer.name,
        "level": customer.level,
        "url": reverse("customers:detail", args=[customer.pk]),
        "refusal": refusal,
        "invoice": _invoice_of(customer),
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
