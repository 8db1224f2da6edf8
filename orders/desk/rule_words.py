"""What a rule found, in the reader's words."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.models import ApprovalRule
from salesops.money import format_money
from salesops.web.templatetags.workbench import quantity

Kind = ApprovalRule.Kind

_MONEY = frozenset({"total", "sold", "used", "over", "price", "floor"})


def tell_finding(content: dict[str, Any]) -> str:
    """The sentence for what an approval keeps; the name of the rule where it keeps nothing more."""
    kind, values = content.get("kind", ""), content.get("values") or {}
    told = {name: _told(name, value, kind) for name, value in values.items()}
    sentence = _SENTENCES.get(kind)
    try:
        return sentence(told) if sentence else ""
    except KeyError:
        return str(Kind(kind).label) if kind in Kind.values else ""


def tell_rows(content: dict[str, Any]) -> list[str]:
    """One sentence for each row that made the rule fire."""
    return [_tell_row(content.get("kind", ""), row) for row in content.get("rows") or []]


def tell_threshold(kind: str, threshold: Decimal | None) -> str:
    """When the rule fires, with its threshold in place."""
    shown = quantity(threshold) if threshold is not None else "0"
    return {
        Kind.BELOW_FLOOR: _("A row is sold more than %(threshold)s %% below its floor price."),
        Kind.DISCOUNT: _("A row is given more than %(threshold)s %% off its list price."),
        Kind.MARGIN: _("The order earns less than %(threshold)s %% over the floor prices."),
        Kind.CREDIT: _("The customer comes over %(threshold)s %% of the credit limit."),
        Kind.OVERDUE: _("At least %(threshold)s of the customer's orders are overdue."),
        Kind.NEW_CUSTOMER: _("A customer's first order comes to %(threshold)s or more."),
        Kind.DUPLICATE_PO: _("Another live order of the customer has the same PO number."),
        Kind.QUANTITY: _("A row is more than %(threshold)s times what the customer ever bought at once."),
        Kind.TOTAL: _("The order comes to %(threshold)s or more."),
    }[Kind(kind)] % {"threshold": shown}


def _told(name: str, value: Any, kind: str) -> str:
    if name in _MONEY or (name == "limit" and kind in (Kind.CREDIT, Kind.TOTAL)):
        try:
            return format_money(Decimal(str(value)))
        except InvalidOperation:
            return str(value)
    return str(value)


_SENTENCES: dict[str, Any] = {
    Kind.BELOW_FLOOR: lambda told: (
        ngettext(
            "%(count)s row is sold below the floor price.",
            "%(count)s rows are sold below the floor price.",
            int(told["count"]),
        )
        % told
    ),
    Kind.DISCOUNT: lambda told: _("Up to %(largest)s %% off; %(limit)s %% may be given.") % told,
    Kind.MARGIN: lambda told: _("%(margin)s %% over the floor prices; at least %(limit)s %% is wanted.") % told,
    Kind.CREDIT: lambda told: (
        _("%(over)s over the credit limit: %(used)s of %(limit)s is used, this order is %(total)s.") % told
    ),
    Kind.OVERDUE: lambda told: (
        ngettext(
            "%(count)s order of the customer is overdue: %(orders)s.",
            "%(count)s orders of the customer are overdue: %(orders)s.",
            int(told["count"]),
        )
        % told
    ),
    Kind.NEW_CUSTOMER: lambda told: _("The customer's first order: %(total)s.") % told,
    Kind.DUPLICATE_PO: lambda told: _("PO %(po)s stands on %(orders)s already.") % told,
    Kind.QUANTITY: lambda told: (
        ngettext(
            "%(count)s row is more than %(times)s times the largest purchase so far.",
            "%(count)s rows are more than %(times)s times the largest purchase so far.",
            int(told["count"]),
        )
        % told
    ),
    Kind.TOTAL: lambda told: _("The order comes to %(total)s; from %(limit)s on it is approved.") % told,
}


def _tell_row(kind: str, row: dict[str, Any]) -> str:
    values = {name: _told(name, value, kind) for name, value in row.items()}
    if kind == Kind.BELOW_FLOOR:
        return _("Row %(position)s, %(name)s: %(price)s, floor %(floor)s") % values
    if kind == Kind.DISCOUNT:
        return _("Row %(position)s, %(name)s: %(discount)s %% off") % values
    return _("Row %(position)s, %(name)s: %(quantity)s, most so far %(most)s") % values
