"""The customer's one click: a secret address of an applied amendment, its mail, and the confirmation."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext, gettext_noop

from customers.models import Contact
from orders.actions.diary import write_diary
from orders.actions.locks import lock_order
from orders.errors import OrderError
from orders.models import Amendment, Order, ThreadMessage
from orders.requests.mailing import send_in_thread
from orders.requests.senders import address_to_write_to
from orders.status import Status
from orders.words import clean_text
from salesops.documents.models import company
from staff.actions.notices import notify
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

State = Amendment.State
LIFETIME = timedelta(days=30)
_SEPARATOR = "."
_MOST_MAILS = 20
_SECRET = re.compile(r"/confirm/([\w-]{20,}\.[0-9a-f]+)")


@transaction.atomic
def make_link(*, by: User, amendment: Amendment) -> str:
    """A new secret for the customer; the one before it opens nothing any more. Only its hash is stored.

    The secret carries its own end, and the hash covers it, so nobody can move it.
    """
    if not by.may(Permission.AMEND_ORDERS):
        raise PermissionDenied
    order = lock_order(amendment.order)
    amendment = Amendment.objects.select_for_update(of=("self",)).get(pk=amendment.pk)
    check_not_cancelled(order)
    if amendment.state != State.APPLIED:
        raise OrderError(gettext_noop("Only an applied amendment that is not confirmed yet is sent to the customer."))
    end = int((timezone.now() + LIFETIME).timestamp())
    secret = f"{secrets.token_urlsafe(32)}{_SEPARATOR}{end:x}"
    amendment.link_hash = hash_of(secret)
    amendment.version += 1
    amendment.save(update_fields=["link_hash", "version"])
    write_diary(order=order, kind="amend_link", by=by, after={"amendment": amendment.revision})
    return secret


@transaction.atomic
def mail_link(*, by: User, amendment: Amendment, site: str, to: str = "") -> ThreadMessage:
    """Send the customer a mail with a new link; ``site`` is where we are reached ("https://desk.example").

    OrderError when nobody knows an address.
    """
    order = amendment.order
    address = clean_text(to, "to", most=254) or address_to_write_to(order)
    if not address:
        raise OrderError(gettext_noop("No mail address of this customer is known. Write one."), field="to")
    url = f"{site}{reverse('amendment_link', args=[make_link(by=by, amendment=amendment)])}"
    subject, body = _letter(order, url)
    return send_in_thread(by=by, order=order, to=address, subject=subject, body=body, purpose="amendment")


def _letter(order: Order, url: str) -> tuple[str, str]:
    """Subject and text in both languages: nobody knows which one the reader speaks."""
    clerk = f"{order.owner.display_name} {order.owner.phone}".strip() if order.owner else ""
    values: dict[str, Any] = {"order": order.number, "po": order.customer_po, "url": url, "days": LIFETIME.days}
    subjects, texts = [], []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            subjects.append(gettext("Please confirm the change of your order %(order)s") % values)
            values["named"] = gettext("%(order)s (your PO %(po)s)") % values if order.customer_po else order.number
            text = gettext(
                "Your order %(named)s was changed. Please look at the changes and confirm them here:"
                "\n\n%(url)s\n\nThe link works for %(days)s days. You need no password."
            )
            seller = company().in_languages("name", ["en" if language == "en" else "zh"])
            lines = [gettext("Good day,"), "", text % values, "", clerk, *seller]
            texts.append("\n".join(lines).strip())
    return " / ".join(subjects), "\n\n—\n\n".join(texts)


def amendment_of(secret: str) -> Amendment | None:
    """The amendment a secret opens, whether it has ended or not; None for a wrong one."""
    if not 20 < len(secret) < 200:
        return None
    digest = hash_of(secret)
    found = Amendment.objects.select_related("order__owner").filter(link_hash=digest).first()
    return found if found is not None and constant_time_compare(found.link_hash, digest) else None


def mail_of_link(amendment: Amendment) -> ThreadMessage | None:
    """The mail that carries the link as it is now; nothing where that one was handed over otherwise."""
    if not amendment.link_hash:
        return None
    mails = ThreadMessage.objects.filter(order_id=amendment.order_id, purpose="amendment")
    outgoing = mails.filter(direction=ThreadMessage.Direction.OUTGOING).order_by("-at", "-id")
    for mail in outgoing[:_MOST_MAILS]:
        if any(hash_of(secret) == amendment.link_hash for secret in _SECRET.findall(mail.body)):
            return mail
    return None


def addressee_of(amendment: Amendment) -> str:
    """The contact to whom the link was mailed; nothing where it was handed over otherwise, or nobody knows them."""
    mail = mail_of_link(amendment)
    if mail is None:
        return ""
    people = Contact.objects.filter(
        customer_id=amendment.order.customer_id, email__iexact=mail.recipients, has_left=False
    )
    return people.order_by("id").values_list("name", flat=True).first() or ""


def has_ended(secret: str, now: datetime | None = None) -> bool:
    """Whether the secret's time is over."""
    try:
        end = int(secret.rpartition(_SEPARATOR)[2][:12], 16)
    except ValueError:
        return True
    return (now or timezone.now()).timestamp() > end


@transaction.atomic
def confirm_by_customer(*, secret: str, name: str) -> Amendment:
    """The customer agrees, under a name; again changes nothing. OrderError where the link opens nothing any more."""
    name = clean_text(name, "name", most=120, missing=gettext_noop("Write your name."))
    found = amendment_of(secret)
    if found is None or has_ended(secret):
        raise OrderError(gettext_noop("This link does not work any more. Ask us for a new one."))
    order = lock_order(found.order)
    amendment = Amendment.objects.select_for_update(of=("self",)).get(pk=found.pk)
    check_not_cancelled(order)
    if amendment.state == State.CUSTOMER_CONFIRMED:
        return amendment
    if amendment.state != State.APPLIED or amendment.link_hash != found.link_hash:
        raise OrderError(gettext_noop("This link does not work any more. Ask us for a new one."))
    amendment.state = State.CUSTOMER_CONFIRMED
    amendment.customer_confirmed_at, amendment.customer_confirmed_as = timezone.now(), name
    amendment.version += 1
    amendment.save(update_fields=["state", "customer_confirmed_at", "customer_confirmed_as", "version"])
    write_diary(order=order, kind="amend_confirmed", by=None, after={"amendment": amendment.revision}, note=name)
    transaction.on_commit(partial(_tell_owner, order, amendment), robust=True)
    return amendment


def check_not_cancelled(order: Order) -> None:
    """OrderError with a sentence the customer may read where the order was called off."""
    if order.state == Status.CANCELLED:
        raise OrderError(
            gettext_noop("Order %(order)s was cancelled. There is nothing to confirm any more."),
            {"order": order.number},
        )


def hash_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _tell_owner(order: Order, amendment: Amendment) -> None:
    person = order.owner or amendment.asked_by
    notify(
        user=person,
        text_key=gettext_noop("The customer confirmed the amendment of order %(order)s as %(name)s."),
        values={"order": order.number, "name": amendment.customer_confirmed_as},
        url=reverse("orders:amendment", args=[amendment.pk]),
    )
