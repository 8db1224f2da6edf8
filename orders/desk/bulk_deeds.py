"""Deeds on many orders at once from the list: each order on its own, and what was refused is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.actions.release import release_order
from orders.actions.review import confirm_order
from orders.errors import OrderError
from orders.models import Order
from salesops.listing.listing import BulkDeed, DeedResult
from staff.roles import Permission

_MOST_TOLD = 3


def _each(deed: Callable[..., Any], person: Any, ids: Sequence[int]) -> DeedResult:
    """Do the deed to each order in a transaction of its own, in the order everybody locks."""
    done, refused = 0, []
    for order in Order.objects.filter(pk__in=ids).order_by("pk"):
        try:
            deed(by=person, order=order)
        except OrderError as refusal:
            refused.append(f"{order.number}: {refusal}")
        except PermissionDenied:
            refused.append(order.number)
        else:
            done += 1
    text = ngettext("%(count)s order done.", "%(count)s orders done.", done) % {"count": done}
    if refused:
        told = " ".join(refused[:_MOST_TOLD])
        text += " " + _("%(count)s refused. %(told)s") % {"count": len(refused), "told": told}
    return DeedResult(text, tone="warn" if refused else "ok")


def confirm_many(person: Any, ids: Sequence[int], _fields: Mapping[str, str]) -> DeedResult:
    """Confirm what no second person must look at."""
    return _each(confirm_order, person, ids)


def release_many(person: Any, ids: Sequence[int], _fields: Mapping[str, str]) -> DeedResult:
    """Release what the warehouse has answered."""
    return _each(release_order, person, ids)


ORDER_DEEDS = (
    BulkDeed("confirm", gettext_lazy("Confirm"), Permission.ENTER_ORDERS, confirm_many, "circle-check"),
    BulkDeed("release", gettext_lazy("Release"), Permission.ENTER_ORDERS, release_many, "send"),
)
