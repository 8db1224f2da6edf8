"""The inbox: requests as they come in, by hand, by upload, by paste, and what is done with them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.forms import DateTimeField
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Customer
from customers.searching import find_customers
from orders.actions.intake import dismiss_request, file_request, receive_request, refuse_request, take_request
from orders.errors import OrderError
from orders.models import Evidence, Order, Request
from orders.requests.evidence import NewEvidence, check_files, file_evidence, note_evidence, paste_evidence
from orders.requests.fields import REQUEST_FIELDS
from orders.requests.listings import CHANNEL_ICONS, LOOKS, SEES_REQUESTS
from orders.requests.listings import requests as request_listing
from orders.requests.mail_intake import take_in_eml
from orders.requests.queries import (
    duplicates_of,
    field_choices,
    orders_to_file_with,
    sheet_to_read,
    shown_evidence,
    told_otherwise,
)
from orders.requests.senders import customer_of_sender, mask_sender
from orders.requests.sheets import first_of_each
from salesops.chinese import to_half_width
from salesops.connectors.mail.characters import clean_line, clean_text
from salesops.listing.neighbours import neighbours
from salesops.listing.views import list_page
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission

PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}-?\d{7,8})(?!\d)")
MOST_PASTED = 500_000
MOST_COLUMNS = 200
MOST_AGE = timedelta(days=366)
HAND_CHANNELS = (
    Order.Channel.MESSENGER,
    Order.Channel.SHEET,
    Order.Channel.MAIL,
    Order.Channel.PHONE,
    Order.Channel.WEB,
    Order.Channel.COUNTER,
)


@require_safe
def inbox(request: PersonRequest) -> HttpResponse:
    """Requests this person may see, those that wait first."""
    return list_page(request, request_listing)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.ENTER_ORDERS)
def note(request: PersonRequest) -> HttpResponse:
    """A call note in one line; a phone number in it says who called."""
    if request.method != "POST":
        return render(request, "orders/requests/note.html", {"token": uuid4(), "typed": {}})
    text = clean_text(request.POST.get("text", "")).strip()
    caller = clean_line(request.POST.get("caller", ""), 120).strip()
    if not text or len(text) > 2000:
        words = _("Write what was asked for.") if not text else _("%(most)s characters at most.") % {"most": 2000}
        context = {"token": request.POST.get("token", ""), "typed": request.POST, "error": words}
        return render(request, "orders/requests/note.html", context, status=422)
    made = receive_request(
        channel=Order.Channel.PHONE,
        by=request.user,
        customer=_sender(request, caller, _phone_in(f"{caller} {text}")),
        sender_name="" if _phone_in(caller) else caller,
        sender_address=_phone_in(f"{caller} {text}"),
        subject=text.splitlines()[0],
        body=text,
        evidence=[note_evidence(text)],
        is_urgent="is_urgent" in request.POST,
        form_token=_token(request),
    )
    return _go_to(request, made)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.ENTER_ORDERS)
def new(request: PersonRequest) -> HttpResponse:
    """Files, pasted rows, or both, as one request."""
    if request.method != "POST":
        return _draw_new(request, {}, uuid4())
    files = request.FILES.getlist("files")
    try:
        check_files([(one.name or "", one.size or 0) for one in files])
        pasted = clean_text(request.POST.get("pasted", ""))
        if len(pasted) > MOST_PASTED:
            raise OrderError(gettext_noop("%(most)s characters at most."), {"most": MOST_PASTED}, field="pasted")
        if not files and not pasted.strip():
            raise OrderError(gettext_noop("Choose a file, or paste rows or text."), field="files")
        items = [file_evidence(one.name or "", one.read()) for one in files]
        made = _receive_by_hand(request, items, pasted)
    except OrderError as refusal:
        return _draw_new(request, request.POST, request.POST.get("token", ""), refusal)
    return _go_to(request, made)


def _receive_by_hand(request: PersonRequest, items: list[NewEvidence], pasted: str) -> Request:
    """One uploaded mail with whatever else came is that mail; anything else is a request in the clerk's words."""
    more = [paste_evidence(pasted)] if pasted.strip() else []
    mails = [item for item in items if item.kind == Evidence.Kind.MAIL]
    if len(mails) == 1:
        others = [item for item in items if item is not mails[0]]
        return take_in_eml(
            mails[0].content,
            by=request.user,
            file_name=mails[0].file_name,
            more=[*others, *more],
            form_token=_token(request),
        )
    channel = request.POST.get("channel", "")
    sender = clean_line(request.POST.get("sender", ""), 200).strip()
    address = sender if "@" in sender else _phone_in(sender)
    subject = clean_line(request.POST.get("subject", ""), 300)
    first = next((item.file_name for item in items), "") or next(iter(pasted.strip().splitlines()), "")
    return receive_request(
        channel=channel if channel in HAND_CHANNELS else Order.Channel.SHEET,
        by=request.user,
        customer=_sender(request, sender, address),
        sender_name="" if address == sender else sender,
        sender_address=address,
        subject=subject or clean_line(first, 300),
        body="",
        sent_at=_moment(request),
        evidence=[*items, *more],
        is_urgent="is_urgent" in request.POST,
        form_token=_token(request),
    )


@require_safe
@require(*SEES_REQUESTS)
def detail(request: PersonRequest, pk: int) -> HttpResponse:
    """The evidence on the left, what can be done with it on the right."""
    return _show(request, _visible(request, pk))


@require_POST
@require(Permission.ENTER_ORDERS)
def take(request: PersonRequest, pk: int) -> HttpResponse:
    """Make an order of it for the chosen customer; or show the sheet again with another column as the quantity."""
    asked = _visible(request, pk)
    if "quantity" in request.POST:
        return _show(request, asked)
    typed = _short(request, "customer")
    customer, candidates = _customer(request, typed)
    if customer is None:
        words = _("Which customer? Several fit.") if candidates else _("No customer fits “%(text)s”.") % {"text": typed}
        return _show(request, asked, error=words, field="customer", candidates=candidates, status=422)
    evidence = asked.evidence.filter(pk=_number(request.POST.get("evidence", ""))).first()
    if twice := _claimed_twice(request):
        words = _("Two columns are taken for “%(field)s”: choose one of them.") % {"field": _(twice)}
        return _show(request, asked, error=words, status=422)
    try:
        order = take_request(
            by=request.user,
            request=asked,
            customer=customer,
            evidence=evidence,
            sheet_name=_short(request, "sheet"),
            columns=first_of_each(_columns(request)) if evidence is not None else None,
        )
    except OrderError as refusal:
        return _show(request, asked, error=str(refusal), field="customer", status=422)
    toast(request, _("%(request)s is now order %(order)s.") % {"request": asked.number, "order": order.number})
    return redirect("orders:entry_of", order.pk)


@require_POST
@require(Permission.ENTER_ORDERS)
def file(request: PersonRequest, pk: int) -> HttpResponse:
    """Put it with an order that is there."""
    asked = _visible(request, pk)
    number = to_half_width(_short(request, "order")).strip().upper()
    order = Order.objects.visible_to(request.user).filter(number=number).first()
    if order is None:
        words = _("There is no order %(number)s.") % {"number": number or "—"}
        return _show(request, asked, error=words, field="order", status=422)
    try:
        file_request(by=request.user, request=asked, order=order)
    except OrderError as refusal:
        return _show(request, asked, error=str(refusal), field="order", status=422)
    toast(request, _("%(request)s is filed with %(order)s.") % {"request": asked.number, "order": order.number})
    return redirect("orders:detail", order.pk)


@require_POST
@require(Permission.ENTER_ORDERS)
def refuse(request: PersonRequest, pk: int) -> HttpResponse:
    """Not taken, with the reason."""
    asked = _visible(request, pk)
    try:
        refuse_request(by=request.user, request=asked, reason=_short(request, "reason"))
    except OrderError as refusal:
        return _show(request, asked, error=str(refusal), field="reason", status=422)
    toast(request, _("%(request)s is refused.") % {"request": asked.number})
    return _onward(request, asked)


@require_POST
@require(Permission.ENTER_ORDERS)
def dismiss(request: PersonRequest, pk: int) -> HttpResponse:
    """There is no order in it."""
    asked = _visible(request, pk)
    try:
        dismiss_request(by=request.user, request=asked)
    except OrderError as refusal:
        return _show(request, asked, error=str(refusal), status=422)
    toast(request, _("%(request)s is put away: no order in it.") % {"request": asked.number})
    return _onward(request, asked)


def _visible(request: PersonRequest, pk: int) -> Request:
    rows = Request.objects.visible_to(request.user).select_related("customer", "owner", "order", "created_by")
    return get_object_or_404(rows, pk=pk)


def _show(
    request: PersonRequest,
    asked: Request,
    *,
    error: str = "",
    field: str = "",
    candidates: list[Customer] | None = None,
    status: int = 200,
) -> HttpResponse:
    place = request.GET.get("from", "")
    guessed = _allowed(request, asked.customer)
    sheet_name = _short(request, "sheet") or _short(request, "sheet", request.GET)
    evidence = shown_evidence(asked, guessed, sheet_name, _said(request))
    is_waiting = asked.state == Request.State.WAITING
    context: dict[str, Any] = {
        "request_row": asked,
        "look": LOOKS[asked.state],
        "icon_name": CHANNEL_ICONS[asked.channel],
        "sender": asked.sender_address
        if request.user.may(Permission.UNMASK_CONTACTS)
        else mask_sender(asked.sender_address),
        "evidence": evidence,
        "words": told_otherwise(asked, [one.row for one in evidence]),
        "sheet": sheet_to_read(evidence),
        "fields": field_choices(),
        "said": sum(len(one.said) for one in evidence),
        "said_known": sum(one.known for one in evidence if one.said),
        "duplicates": duplicates_of(asked, request.user),
        "is_waiting": is_waiting,
        "may_deal": is_waiting and request.user.may(Permission.ENTER_ORDERS),
        "orders": orders_to_file_with(asked, request.user) if is_waiting else [],
        "walk": neighbours(request_listing, request.user, place, asked.pk),
        "here": place,
        "typed": request.POST,
        "customer_text": request.POST.get("customer") or (guessed.name if guessed else ""),
        "error": error,
        "field": field,
        "candidates": candidates or [],
    }
    return render(request, "orders/requests/detail.html", context, status=status)


def _draw_new(request: PersonRequest, typed: Any, token: object, refusal: OrderError | None = None) -> HttpResponse:
    context = {
        "typed": typed,
        "token": token,
        "channels": [(value, value.label) for value in HAND_CHANNELS],
        "error": str(refusal) if refusal else "",
        "field": refusal.field if refusal else "",
    }
    return render(request, "orders/requests/new.html", context, status=422 if refusal else 200)


def _go_to(request: PersonRequest, made: Request) -> HttpResponse:
    """To the new request; or back, where the same mail is another team's already."""
    if not Request.objects.visible_to(request.user).filter(pk=made.pk).exists():
        toast(request, _("This is another team's already: %(number)s.") % {"number": made.number}, tone="warn")
        return redirect("orders:requests")
    if made.created_by_id != request.user.pk:
        toast(request, _("It was here already: %(number)s.") % {"number": made.number}, tone="note")
    return redirect("orders:request", made.pk)


def _onward(request: PersonRequest, asked: Request) -> HttpResponse:
    """The next waiting one where one came from a list, else the inbox."""
    walk = neighbours(request_listing, request.user, request.GET.get("from", ""), asked.pk)
    return redirect(walk.next_url or walk.list_url or reverse("orders:requests"))


def _customer(request: PersonRequest, text: str) -> tuple[Customer | None, list[Customer]]:
    """The one customer meant: by id, code, whole name, or the only one found; else those that fit."""
    visible = Customer.objects.visible_to(request.user)
    chosen = visible.filter(pk=_number(request.POST.get("customer_id", ""))).first()
    if chosen is not None:
        return chosen, []
    if not text:
        return None, []
    for exact in (visible.filter(code__iexact=text), visible.filter(name__iexact=text)):
        found = list(exact[:8])
        if found:
            return (found[0], []) if len(found) == 1 else (None, found)
    found = find_customers(request.user, text, 8)
    return (found[0], []) if len(found) == 1 else (None, found)


def _allowed(request: PersonRequest, customer: Customer | None) -> Customer | None:
    """The customer, where this person may see them."""
    if customer is None:
        return None
    return Customer.objects.visible_to(request.user).filter(pk=customer.pk).first()


def _sender(request: PersonRequest, words: str, address: str) -> Customer | None:
    """Whose mail address or phone it is; else the only customer the words fit, as the clerk would look them up."""
    known = _allowed(request, customer_of_sender(address)) if address else None
    return known or (_customer(request, words)[0] if words and words != address else None)


def _moment(request: PersonRequest) -> datetime | None:
    """When the customer sent it, as the clerk reads it in the chat or on the fax."""
    try:
        moment: datetime | None = DateTimeField(required=False).clean(_short(request, "sent_at"))
    except ValidationError as error:
        raise OrderError(gettext_noop("This moment cannot be read."), field="sent_at") from error
    if moment is not None and not timezone.now() - MOST_AGE < moment <= timezone.now():
        raise OrderError(gettext_noop("It was sent before now, and not years ago."), field="sent_at")
    return moment


def _columns(request: PersonRequest) -> dict[int, str]:
    """What the clerk said each column is."""
    known = {spec.name for spec in REQUEST_FIELDS}
    named = {place: request.POST.get(f"column-{place}", "") for place in range(MOST_COLUMNS)}
    return {place: name for place, name in named.items() if name in known}


def _said(request: PersonRequest) -> dict[int, dict[int, str]]:
    """What the form that comes back says of the columns, by the piece it is about."""
    if "evidence" not in request.POST:
        return {}
    columns = _columns(request)
    if "quantity" in request.POST:
        columns = {place: name for place, name in columns.items() if name != "quantity"}
        columns[_number(request.POST["quantity"])] = "quantity"
    return {_number(request.POST["evidence"]): columns}


def _claimed_twice(request: PersonRequest) -> str:
    """The label of a field two columns are taken for."""
    names = list(_columns(request).values())
    return next((spec.label for spec in REQUEST_FIELDS if names.count(spec.name) > 1), "")


def _phone_in(text: str) -> str:
    found = PHONE.search(to_half_width(text))
    return found.group(0).strip() if found else ""


def _token(request: PersonRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("token", ""))
    except ValueError:
        return None


def _short(request: PersonRequest, name: str, source: Any = None) -> str:
    return clean_line((request.POST if source is None else source).get(name, ""), 200).strip()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
