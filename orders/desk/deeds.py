"""What can be done next with an order by this person: the main deed first, what is refused with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.actions.stock import stock_is_settled
from orders.desk import guards
from orders.errors import OrderError
from orders.models import Order
from orders.status import OPEN_STATES, Invoicing, Payment, Status

if TYPE_CHECKING:
    from staff.models import User

S = Status
Guard = Callable[[Order, "User"], None]
Label = str | Promise


@dataclass(frozen=True, slots=True)
class DeedOffer:
    """One button: where it posts (or, with ``has_page``, the page that asks for the rest), or why it is grey."""

    name: str
    label: Label
    url: str
    allowed: bool = True
    reason: str = ""
    icon: str = ""
    has_page: bool = False
    is_main: bool = False
    is_minor: bool = False
    is_danger: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """A deed of the table: in which states it is offered, who may, and whether a page asks for words first."""

    name: str
    label: Label
    icon: str
    states: frozenset[Status]
    guard: Guard
    has_page: Callable[[Order], bool]
    is_minor: bool = False
    is_danger: bool = False
    key: str = ""


def _always(_order: Order) -> bool:
    return True


def _never(_order: Order) -> bool:
    return False


def _needs_waiver(order: Order) -> bool:
    return not stock_is_settled(order)


def _is_unpaid(order: Order) -> bool:
    return order.payment not in (Payment.PAID, Payment.PREPAID) or order.invoicing != Invoicing.FULL


def _check_release(order: Order, by: User) -> None:
    """The button opens the page that asks for a reason where the warehouse has not answered."""
    guards.check_release(order, by, waived=True)


def _check_close(order: Order, by: User) -> None:
    guards.check_close(order, by, written_off=_is_unpaid(order))


DEEDS: tuple[Deed, ...] = (
    Deed("decide", _("Decide"), "gavel", frozenset({S.PENDING_APPROVAL}), guards.check_decide, _always, key="g"),
    Deed("verify", _("Verify"), "checks", frozenset({S.ENTERED}), guards.check_verify, _always, key="g"),
    Deed(
        "submit", _("Submit entry"), "keyboard", frozenset({S.RECEIVED, S.REVIEWED}), guards.check_submit, _never,
        key="g",
    ),
    Deed("review", _("Review"), "list-check", frozenset({S.RECEIVED}), guards.check_review, _always),
    Deed(
        "confirm", _("Confirm"), "circle-check", frozenset({S.ENTERED, S.VERIFIED, S.PENDING_APPROVAL}),
        guards.check_confirm, _never, key="g",
    ),
    Deed("release", _("Release"), "send", frozenset({S.CONFIRMED}), _check_release, _needs_waiver, key="g"),
    Deed("close", _("Close"), "lock", frozenset({S.COMPLETED}), _check_close, _is_unpaid),
    Deed("bounce", _("Send back"), "arrow-back-up", frozenset({S.ENTERED}), guards.check_verify, _always),
    Deed(
        "withdraw", _("Withdraw release"), "arrow-back-up", frozenset({S.RELEASED}), guards.check_withdraw, _always,
        is_minor=True,
    ),
    Deed(
        "reopen", _("Reopen"), "arrow-back-up", frozenset({S.COMPLETED}), guards.check_reopen, _always, is_minor=True
    ),
    Deed(
        "invoice_back", _("Invoice came back"), "receipt", guards.INVOICED_STATES, guards.check_invoice_back, _always,
        is_minor=True,
    ),
    Deed("hold", _("Place a hold"), "hand-stop", OPEN_STATES, guards.check_hold, _always, is_minor=True),
    Deed(
        "reject", _("Do not take"), "ban", frozenset({S.RECEIVED, S.REVIEWED}), guards.check_reject, _always,
        is_minor=True, is_danger=True,
    ),
    Deed(
        "cancel", _("Cancel order"), "circle-x", OPEN_STATES, guards.check_cancel, _always, is_minor=True,
        is_danger=True,
    ),
)  # fmt: skip
"""In the order in which they are the main deed."""

BY_NAME = {deed.name: deed for deed in DEEDS}
KEYED = ("submit", "confirm")
"""Deeds done with one key from the entry page or the order's: nothing is asked there, and nothing ticked."""

Source = Callable[[Order, "User"], list[DeedOffer]]
_sources: list[Source] = []


def refusal_of(guard: Guard, order: Order, person: User) -> str | None:
    """Why this person may not do it now, "" when they may, None when it is none of their business."""
    try:
        guard(order, person)
    except PermissionDenied:
        return None
    except OrderError as refusal:
        return str(refusal)
    return ""


def register_deeds(source: Source) -> None:
    """Let another room offer deeds on the order page; called where its panels are imported. Twice counts once."""
    if source not in _sources:
        _sources.append(source)


def deeds_for(order: Order, person: User) -> list[DeedOffer]:
    """Everything this person could do with the order now; what is not theirs at all is left out.

    One is the main deed: the first that is allowed, else the first that is refused, so that the reason is read.
    """
    own = [_offer(deed, order, person) for deed in DEEDS if order.state in deed.states]
    offers = [offer for offer in own if offer is not None]
    offers += [offer for source in _sources for offer in source(order, person)]
    main = next((each for each in offers if each.is_main and each.allowed), None)
    main = main or next((each for each in offers if each.allowed and not each.is_minor), None)
    if main is None:
        return sorted(offers, key=lambda each: each.is_minor)
    rest = [replace(each, is_main=False) for each in offers if each is not main]
    return [replace(main, is_main=True), *sorted(rest, key=lambda each: (each.is_minor, not each.allowed))]


def _offer(deed: Deed, order: Order, person: User) -> DeedOffer | None:
    reason = refusal_of(deed.guard, order, person)
    if reason is None:
        return None
    return DeedOffer(
        name=deed.name,
        label=deed.label,
        url=reverse(f"orders:{deed.name}", args=[order.pk]),
        allowed=not reason,
        reason=reason,
        icon=deed.icon,
        has_page=deed.has_page(order),
        is_minor=deed.is_minor,
        is_danger=deed.is_danger,
        key="" if reason else deed.key,
    )
