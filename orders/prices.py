"""Why a row costs what it costs: kept as a short code on the row, told as a sentence in the reader's language."""

from django.utils.translation import gettext

from customers.pricing import PriceReason

_LONGEST = 80  # OrderLine.price_reason


def remember_reason(reason: PriceReason) -> str:
    """The reason as a row keeps it: "customer|10|", "price_list|10|2026Q4", "list_price||"."""
    values = reason.values
    return f"{reason.kind}|{values.get('quantity', '')}|{values.get('list', '')}"[:_LONGEST]


def tell_reason(kept: str) -> str:
    """The sentence for a kept reason; words that came with a sheet are told as they are."""
    kind, _bar, rest = kept.partition("|")
    quantity, _bar, name = rest.partition("|")
    if kind == "customer":
        return gettext("Agreed with this customer, from %(quantity)s") % {"quantity": quantity}
    if kind == "price_list":
        return gettext("Price list %(list)s, from %(quantity)s") % {"list": name, "quantity": quantity}
    if kind == "list_price":
        return gettext("List price")
    return kept
