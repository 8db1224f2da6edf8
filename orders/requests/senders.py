"""Who a request is from, and which order it speaks of: told only when it is certain."""

from __future__ import annotations

import re
from collections.abc import Sequence

from customers.models import Contact, Customer, CustomerTail
from customers.searching import tail_of
from orders.models import Order, Request, ThreadMessage
from salesops.chinese import mask_email, mask_phone, to_half_width

ORDER_NUMBER = re.compile(r"(?<![0-9A-Za-z])SO-\d{8}-\d{4,9}(?![0-9])", re.IGNORECASE)
_LONGEST_NUMBER = "z" * 20
_FEWEST_DIGITS = 7


def customer_of_sender(address: str) -> Customer | None:
    """The one customer who has this mail address or phone; None when nobody or several have it.

    Contacts who left do not speak for their old company any more.
    """
    address = to_half_width(address).strip()
    ids = _by_mail(address) if "@" in address else _by_phone(address)
    return Customer.objects.filter(pk=ids.pop()).first() if len(ids) == 1 else None


def _by_mail(address: str) -> set[int]:
    contacts = Contact.objects.filter(email__iexact=address, has_left=False).order_by()
    customers = Customer.objects.filter(email__iexact=address).order_by()
    return {*contacts.values_list("customer_id", flat=True)[:2], *customers.values_list("pk", flat=True)[:2]}


def _by_phone(text: str) -> set[int]:
    number = bare_phone(text)
    if len(number) < _FEWEST_DIGITS:
        return set()
    tail = tail_of(number)
    near = CustomerTail.objects.filter(tail__gte=tail, tail__lte=tail + _LONGEST_NUMBER).order_by()
    ids = set(near.values_list("customer_id", flat=True)[:50])
    found = {pk for pk, phone in Customer.objects.filter(pk__in=ids).values_list("pk", "phone") if _is(phone, number)}
    people = Contact.objects.filter(customer__in=ids, has_left=False)
    rows = people.values_list("customer_id", "mobile", "phone")
    return found | {pk for pk, mobile, phone in rows if _is(mobile, number) or _is(phone, number)}


def bare_phone(text: str) -> str:
    """Only the digits, without the country code of China."""
    digits = re.sub(r"\D", "", to_half_width(text))
    digits = digits.removeprefix("00")
    return digits[2:] if digits.startswith("86") and len(digits) > 11 else digits


def _is(phone: str, number: str) -> bool:
    return bool(phone) and bare_phone(phone) == number


def mask_sender(address: str) -> str:
    """A sender's address or phone as a list may show it."""
    return mask_email(address) if "@" in address else mask_phone(address)


def order_spoken_of(*, answers: Sequence[str], subject: str, customer: Customer | None) -> Order | None:
    """The order a mail belongs to: it answers a mail of its thread, or names it and comes from its customer."""
    known = [message_id for message_id in answers if message_id][-50:]
    if known:
        mails = ThreadMessage.objects.filter(message_id__in=known, order__isnull=False).order_by("-id")
        order_id = mails.values_list("order_id", flat=True).first()
        if order_id is None:
            rows = Request.objects.filter(message_id__in=known, order__isnull=False).order_by("-id")
            order_id = rows.values_list("order_id", flat=True).first()
        if order_id is not None:
            return Order.objects.get(pk=order_id)
    named = {number.upper() for number in ORDER_NUMBER.findall(to_half_width(subject))}
    if len(named) != 1 or customer is None:
        return None
    return Order.objects.filter(number=named.pop(), customer=customer).first()


def threads_of(order: Order) -> list[str]:
    """The Message-IDs of an order's mails, oldest first: what an answer refers to."""
    requests = list(order.requests.exclude(message_id="").order_by("id").values_list("message_id", flat=True))
    mails = list(order.thread_messages.exclude(message_id="").order_by("at", "id").values_list("message_id", flat=True))
    return list(dict.fromkeys([*requests, *mails]))


def address_to_write_to(order: Order) -> str:
    """Where an answer goes: who wrote last, else who buys at the customer, else the customer's own address."""
    mails = order.thread_messages.filter(direction=ThreadMessage.Direction.INCOMING, sender__contains="@")
    last = mails.order_by("-at", "-id").values_list("sender", flat=True).first()
    if last:
        return last
    asked = order.requests.filter(sender_address__contains="@").order_by("-id")
    sender = asked.values_list("sender_address", flat=True).first()
    if sender:
        return sender
    people = Contact.objects.filter(customer_id=order.customer_id, has_left=False).exclude(email="")
    buyer = people.filter(part=Contact.Part.PURCHASING).order_by("id").first() or people.order_by("id").first()
    return buyer.email if buyer else Customer.objects.values_list("email", flat=True).get(pk=order.customer_id)
