"""Which documents an order has: each with its key, its name and the addresses it is printed at."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.documents.building import validity_of
from orders.documents.contents import Document, Validity
from orders.documents.records import amendment_paper, confirmation_as_of, return_note, shipment_note
from orders.models import Amendment, Order, OrderReturn, ReturnLine, Shipment

_MOST, _LONGEST_NUMBER = 20, 9
PURPOSES = ("confirmation", "amendment", "delivery_note", "return_note")


@dataclass(frozen=True, slots=True)
class Printable:
    """One document of an order. ``key`` names it in forms, ``may_be_mailed`` is False for drafts and what is void."""

    key: str
    purpose: str
    title: str | Promise
    about: str
    pdf_url: str
    page_url: str
    may_be_mailed: bool

    @property
    def name(self) -> str:
        """ "Delivery note SH-20261123-0001": what a list or a label calls it."""
        return f"{self.title} {self.about}".strip()


def printables_of(order: Order, *, with_prices: bool = True) -> list[Printable]:
    """Everything that can be printed of the order now; without prices only what carries none. Three statements."""
    found = [_confirmation(order)] if with_prices else []
    if with_prices:
        amendments = order.amendments.exclude(state__in=(Amendment.State.REJECTED, Amendment.State.VOID)).order_by(
            "-revision"
        )
        found += [_amendment(order, each) for each in amendments[:_MOST]]
    shipments = list(order.shipments.exclude(state=Shipment.State.CANCELLED).order_by("-pk")[:_MOST])
    found += [_shipment(order, each) for each in shipments]
    if not shipments:
        found.append(_whole_delivery(order))
    rows = ReturnLine.objects.filter(order_return=OuterRef("pk"))
    returns = order.returns.exclude(state=OrderReturn.State.NOTED).filter(Exists(rows)).order_by("-pk")
    return found + [_return(each) for each in returns[:_MOST]]


def earlier_revisions(order: Order) -> list[int]:
    """The revisions before the one that stands, newest first, whose confirmation can still be printed."""
    kept = order.snapshots.filter(content__has_key="lines").order_by("-revision").values_list("revision", flat=True)
    return list(kept[: _MOST + 1])[1:]


def document_of(order: Order, key: str) -> Document:
    """The document a key names, as a customer gets it; LookupError where the order has no such one.

    "confirmation" is the one that stands, "confirmation-0" that of an earlier revision.
    """
    kind, _dash, number = key.partition("-")
    if kind == "confirmation" and not number:
        return confirmation_as_of(order, None)
    if not (number.isascii() and number.isdecimal() and len(number) < _LONGEST_NUMBER):
        raise LookupError(key)
    pk = int(number)
    try:
        if kind == "confirmation":
            return confirmation_as_of(order, pk)
        if kind == "amendment":
            return amendment_paper(order, order.amendments.get(pk=pk))
        if kind == "shipment":
            return shipment_note(order, order.shipments.get(pk=pk))
        if kind == "return":
            return return_note(order, order.returns.get(pk=pk), with_amounts=True)
    except (Amendment.DoesNotExist, Shipment.DoesNotExist, OrderReturn.DoesNotExist) as missing:
        raise LookupError(key) from missing
    raise LookupError(key)


def _addresses(name: str, pk: int) -> tuple[str, str]:
    return reverse(f"orders:{name}_pdf", args=[pk]), reverse(f"orders:{name}_page", args=[pk])


def _confirmation(order: Order) -> Printable:
    pdf, page = _addresses("confirmation", order.pk)
    is_valid = validity_of(order) is Validity.VALID
    title = gettext_lazy("Order confirmation")
    return Printable("confirmation", "confirmation", title, "", pdf, page, is_valid)


def _amendment(order: Order, amendment: Amendment) -> Printable:
    pdf, page = _addresses("amendment_paper", amendment.pk)
    about = _("Revision %(revision)s") % {"revision": amendment.revision}
    is_valid = amendment.applied_at is not None and validity_of(order) is Validity.VALID
    title = gettext_lazy("Order amendment")
    return Printable(f"amendment-{amendment.pk}", "amendment", title, about, pdf, page, is_valid)


def _shipment(order: Order, shipment: Shipment) -> Printable:
    pdf, page = _addresses("shipment_note", shipment.pk)
    key, title = f"shipment-{shipment.pk}", gettext_lazy("Delivery note")
    is_valid = validity_of(order) is Validity.VALID
    return Printable(key, "delivery_note", title, shipment.number, pdf, page, is_valid)


def _whole_delivery(order: Order) -> Printable:
    """What is still to be shipped of the order, while the warehouse was not asked for a shipment."""
    pdf, page = _addresses("delivery_note", order.pk)
    return Printable("delivery", "delivery_note", gettext_lazy("Delivery note"), "", pdf, page, may_be_mailed=False)


def _return(held: OrderReturn) -> Printable:
    pdf, page = _addresses("return_note", held.pk)
    is_valid = held.state not in (OrderReturn.State.REQUESTED, OrderReturn.State.REFUSED)
    key, title = f"return-{held.pk}", gettext_lazy("Return note")
    return Printable(key, "return_note", title, held.number or "", pdf, page, is_valid)
