"""Deeds on many orders at once from the list: each order on its own, and what was refused is told one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from orders.actions.release import release_order, withdraw_release
from orders.actions.review import QUESTIONS, Answer, confirm_order, review_order
from orders.actions.sops import answer_of_many, do_by_sop
from orders.errors import OrderError
from orders.models import Order
from salesops.listing.listing import BulkDeed, DeedResult
from staff.roles import Permission

_MOST_TOLD = 12


def _each(name: str, deed: Callable[..., Any], person: Any, ids: Sequence[int]) -> tuple[list[int], DeedResult]:
    """Do the deed to each order in a transaction of its own, in the order everybody locks; answers which were done.

    Where the step of its SOP has a checklist, each order keeps with its deed that nobody ticked it: many at once.
    """
    unticked = answer_of_many(name)
    done: list[int] = []
    refused = []
    for order in Order.objects.filter(pk__in=ids).order_by("pk"):
        try:
            do_by_sop(partial(deed, by=person, order=order), by=person, order=order, answer=unticked)
        except OrderError as refusal:
            refused.append(f"{order.number}: {refusal}")
        except PermissionDenied:
            refused.append(_("%(order)s: this is not for you to do.") % {"order": order.number})
        else:
            done.append(order.pk)
    text = ngettext("%(count)s order done.", "%(count)s orders done.", len(done)) % {"count": len(done)}
    if refused:
        words = ngettext("%(count)s refused:", "%(count)s refused:", len(refused)) % {"count": len(refused)}
        text = "\n".join([f"{text} {words}", *refused[:_MOST_TOLD]])
    if len(refused) > _MOST_TOLD:
        text += "\n" + _("and %(count)s more") % {"count": len(refused) - _MOST_TOLD}
    return done, DeedResult(text, tone="warn" if refused else "ok")


def _review_as_right(*, by: Any, order: Order) -> Order:
    if order.review_checks.filter(is_right=False).exists():
        raise OrderError(gettext_noop("Something was not right at its review: open it and answer each question."))
    return review_order(by=by, order=order, answers={question: Answer(is_right=True) for question in QUESTIONS})


def review_many(person: Any, ids: Sequence[int], _fields: Mapping[str, str]) -> DeedResult:
    """Review orders in which every point is right."""
    return _each("review", _review_as_right, person, ids)[1]


def confirm_many(person: Any, ids: Sequence[int], _fields: Mapping[str, str]) -> DeedResult:
    """Confirm what no second person must look at."""
    return _each("confirm", confirm_order, person, ids)[1]


def release_many(person: Any, ids: Sequence[int], _fields: Mapping[str, str]) -> DeedResult:
    """Release what the warehouse has answered; who may withdraw a release may take all of them back at once."""
    done, told = _each("release", release_order, person, ids)
    if not done or not person.may(Permission.SUPERVISE_ORDERS):
        return told
    undo = reverse("orders:withdraw_many", query={"orders": ",".join(map(str, done))})
    return DeedResult(told.text, undo, told.tone)


def withdraw_many(person: Any, ids: Sequence[int]) -> DeedResult:
    """Take releases back that were just made, each where the warehouse has not begun."""

    def withdraw(*, by: Any, order: Order) -> Order:
        return withdraw_release(by=by, order=order, reason=_("Taken back right after the release."))

    return _each("withdraw", withdraw, person, ids)[1]


ORDER_DEEDS = (
    BulkDeed("review", gettext_lazy("Review: all right"), Permission.REVIEW_ORDERS, review_many, "list-check"),
    BulkDeed("confirm", gettext_lazy("Confirm"), Permission.ENTER_ORDERS, confirm_many, "circle-check"),
    BulkDeed("release", gettext_lazy("Release"), Permission.ENTER_ORDERS, release_many, "send"),
)
