"""What the documents offer on the page of an order: the letters that are prepared and not sent yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from orders.desk.deeds import DeedOffer, Label
from orders.documents.letters import REJECTION, last_mail, sent_confirmation
from orders.models import Order
from orders.status import Status
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User


def letters_to_send(order: Order, person: User) -> list[DeedOffer]:
    """The confirmation of a confirmed order until it was sent; after a refusal, the sentence with the reason.

    Nothing goes out by itself: the deed opens the letter.
    """
    if not person.may(Permission.ENTER_ORDERS):
        return []
    if order.state in (Status.CONFIRMED, Status.RELEASED) and sent_confirmation(order) is None:
        return [_letter(order, "send_confirmation", _("Send the confirmation"), "confirmation")]
    if order.state == Status.REJECTED and last_mail(order, REJECTION) is None:
        return [_letter(order, "send_rejection", _("Tell the customer"), "")]
    return []


def _letter(order: Order, name: str, label: Label, key: str) -> DeedOffer:
    url = reverse("orders:mail", args=[order.pk], query={"document": key})
    return DeedOffer(name=name, label=label, url=url, icon="mail", has_page=True)
