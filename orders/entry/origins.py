"""The places of a page that is being saved: what it says itself, what its draft knows, what the order kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q

from orders.forms.entry import EntryRows, text_of
from orders.models import EntryDraft, Order
from orders.origins import HEADER_VALUES, LINE_VALUES, KeptOrigins, Origins, Place, kept_origins

if TYPE_CHECKING:
    from staff.models import User

_ELSEWHERE = frozenset({"parsed", "last"})
_BY_PRODUCT = frozenset({"product_name", "unit"})
_OF_THE_CUSTOMER = ("ship_to", "ship_method", "payment_terms", "invoice_profile_id")


def origins_of(forms: EntryRows, header: Mapping[str, Any], *, by: User, token: UUID, order: Order | None) -> Origins:
    """For the rows that are written, in their order.

    A page does not send again what its draft has; the draft is asked only where a value came from elsewhere.
    """
    written = set(map(id, forms.written()))
    rows = [(key, row, form) for key, row, form in forms.by_key() if id(form) in written]
    draft = _drafted(by, token, order) if _needs_draft([row for _key, row, _form in rows], order) else {}
    drafted = draft.get("rows") or {}
    kept = kept_origins(order) if order is not None and order.line_count else KeptOrigins()
    places = []
    for key, row, form in rows:
        line = forms.stored.get(row.get("id") or 0)
        known = (kept.of_line(line) if line is not None else {}) | ((drafted.get(key) or {}).get("origin") or {})
        places.append(_places(row, known | (row.get("origin") or {}), has_product=form.found is not None))
    told = (kept.of_header(order) if order is not None else {}) | (draft.get("origin") or {})
    return Origins(_header_places(header, told), places, [reason_in(row) for _key, row, _form in rows])


def reason_in(row: Mapping[str, Any]) -> str:
    """Why a row is right that was asked about, as somebody of the house wrote it."""
    return text_of(row.get("why")).strip()


def _needs_draft(rows: Sequence[Mapping[str, Any]], order: Order | None) -> bool:
    if order is not None and not order.line_count:
        return True
    return any(not row.get("origin") and _ELSEWHERE & set((row.get("from") or {}).values()) for row in rows)


def _drafted(by: User, token: UUID, order: Order | None) -> dict[str, Any]:
    """The content of the page's own draft; of the one parsed from the request where there is no own one."""
    own = Q(form_token=token, owner=by)
    parsed = Q(order=order, request__isnull=False) if order is not None else own
    drafts = list(EntryDraft.objects.filter(own | parsed).order_by("updated_at"))
    drafts.sort(key=lambda draft: draft.form_token == token)
    return drafts[-1].content if drafts else {}


def _places(row: Mapping[str, Any], known: Mapping[str, Place], *, has_product: bool) -> dict[str, Place]:
    """How each value of a row came; what nobody says of was typed, or came with the product."""
    sources = row.get("from") or {}
    places: dict[str, Place] = {}
    for name in LINE_VALUES:
        place = known.get(name) or {}
        value = text_of(row.get(name))
        how = sources.get(name) or place.get("how") or ("typed" if value else "default")
        is_filled_in = has_product and (name in _BY_PRODUCT or name == "unit_price")
        if not value and not is_filled_in:
            continue
        if is_filled_in and name not in sources and not place:
            how = "default" if name != "unit_price" or not value else "typed"
        if how == "default" and name in _BY_PRODUCT:
            place = {"from": "product", **place}
        places[name] = {**place, "how": how}
    return places


def _header_places(header: Mapping[str, Any], known: Mapping[str, Place]) -> dict[str, Place]:
    sources = header.get("from") or {}
    places: dict[str, Place] = {}
    for name in HEADER_VALUES:
        place = known.get(name) or {}
        how = sources.get("address" if name == "ship_to" else name) or place.get("how")
        if how is None and name in _OF_THE_CUSTOMER:
            how, place = "default", {"from": "customer"}
        elif how is None and header.get(name):
            how = "typed"
        if how is not None:
            places[name] = {**place, "how": how}
    return places
