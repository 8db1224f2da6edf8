"""Finding an order by one of its numbers while somebody types."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db.models import Q

from orders.models import Order, OrderReturn
from salesops.chinese import to_half_width
from salesops.numbering.numbers import house_day
from salesops.prefix import starts_with

if TYPE_CHECKING:
    from staff.models import User

_WITHOUT_DASHES = re.compile(r"([A-Z]{0,8})(20\d{6})(\d{0,6})")
_PO = re.compile(r"P\.?O\.?[\s#:.-]*(?=\S*\d)", re.IGNORECASE)
_TAIL = re.compile(r"\d{1,5}")


def number_beginnings(text: str) -> list[str]:
    """How the order number meant by a text may begin: as typed, with its dashes put back, or today's by its tail.

    "so202611230042" -> "SO-20261123-0042"; "20261123" -> "SO-20261123"; "42" -> today's "SO-…-0042".
    """
    typed = to_half_width(text).replace("\0", "").strip().upper()
    found = [typed]
    bare = _WITHOUT_DASHES.fullmatch(typed.replace("-", ""))
    if bare:
        prefix, day, tail = bare.groups()
        found.append("-".join(filter(None, (prefix or "SO", day, tail))))
    if _TAIL.fullmatch(typed):
        found.append(f"SO-{house_day():%Y%m%d}-{int(typed):04d}")
    return list(dict.fromkeys(found))


def po_spellings(number: str) -> list[str]:
    """How one customer PO may be typed: full or half width, in capitals or not, with its spaces and "PO" or without.

    Spellings that can be looked up in an index, few enough to ask of every order that is entered.
    """
    typed = " ".join(to_half_width(number).split())
    core = _PO.sub("", typed, count=1) if _PO.match(typed) else typed
    close = core.replace(" ", "")
    found = [number, typed, core, close, f"PO{close}", f"PO {close}", f"PO-{close}", f"P.O. {close}", f"P.O.{close}"]
    return sorted({spelling for each in found if each for spelling in (each, each.upper(), each.lower())})


def same_goods(orders: Collection[int]) -> dict[int, set[int]]:
    """By id of each of these orders: it, those that replace what came back of it and those it replaces, however often.

    One statement for each step of the longest way from one to another.
    """
    links: set[tuple[int, int]] = set()
    known = set(orders)
    fresh = set(known)
    while fresh:
        rows = OrderReturn.objects.filter(Q(order__in=fresh) | Q(replacement__in=fresh), replacement__isnull=False)
        found = set(rows.order_by().values_list("order_id", "replacement_id"))
        fresh = {pk for pair in found for pk in pair} - known
        known |= fresh
        links |= found
    one_of = {pk: {pk} for pk in known}
    for first, second in links:
        both = one_of[first] | one_of[second]
        one_of |= dict.fromkeys(both, both)
    return {pk: one_of[pk] for pk in orders}


def find_orders(user: User, text: str, limit: int = 8) -> list[Order]:
    """Orders this person may see whose number, customer PO or source number begins with the text; newest first.

    Each of the few statements walks one index and stops after ``limit`` rows, however many begin so.
    """
    typed = to_half_width(text).replace("\0", "").strip()
    if not any(letter.isdigit() for letter in typed) or len(typed) > 80:
        return []
    # Without an order of their own: sorting a million that begin with "SO-2" would cost more than anybody gains.
    visible = Order.objects.visible_to(user).order_by()
    found: dict[int, Order] = {}
    wanted = [starts_with("number", beginning) for beginning in reversed(number_beginnings(text))]
    if len(typed) >= 3:
        spellings = dict.fromkeys((typed, typed.upper()))
        wanted += [starts_with(field, one) for field in ("customer_po", "source_number") for one in spellings]
    for condition in wanted:
        if len(found) < limit:
            found |= {order.pk: order for order in visible.filter(condition)[:limit] if order.pk not in found}
    return sorted(list(found.values())[:limit], key=lambda order: (order.received_at, order.pk), reverse=True)
