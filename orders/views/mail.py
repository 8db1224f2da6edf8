"""A document to the customer by mail: the prepared letter, looked at and sent; a failed one sent again."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customers.models import Contact
from orders.actions.send_document import pdf_evidence, send_document, send_mail_again
from orders.documents.choice import document_of, printables_of
from orders.documents.letters import MAIL_LANGUAGES, Letter
from orders.documents.rendering import file_name, render_pdf
from orders.errors import OrderError
from orders.forms.mail import MailForm, drawn_for, initial_mail, propose
from orders.models import Order, ThreadMessage
from orders.requests.evidence import NewEvidence
from orders.requests.senders import address_to_write_to
from orders.views.detail import visible_order
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission

_MOST_ADDRESSES = 20


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.ENTER_ORDERS)
def mail(request: PersonRequest, pk: int) -> HttpResponse:
    """The letter as it would go out; nothing leaves before somebody presses the button."""
    order = visible_order(request, pk)
    printables = printables_of(order)
    if request.method != "POST":
        first = next((each.key for each in printables if each.may_be_mailed), "")
        initial = initial_mail(
            order,
            printables,
            key=request.GET.get("document", first),
            language=request.GET.get("language", ""),
            to=address_to_write_to(order),
        )
        return _draw(request, order, MailForm(initial=initial, order=order, printables=printables))
    form = MailForm(request.POST, order=order, printables=printables)
    if not form.is_valid():
        return _draw(request, order, form, status=422)
    if "propose" in request.POST or not form.is_as_drawn():
        return _draw(request, order, _drawn_anew(form, keep="propose" not in request.POST), is_new=True)
    return _send(request, order, form)


@require_POST
@require(Permission.ENTER_ORDERS)
def mail_again(request: PersonRequest, pk: int) -> HttpResponse:
    """Try a mail once more that could not be sent."""
    visible = Order.objects.visible_to(request.user)
    message = get_object_or_404(ThreadMessage.objects.select_related("order"), pk=pk, order__in=visible)
    try:
        send_mail_again(by=request.user, message=message)
    except OrderError as refusal:
        toast(request, str(refusal), tone="bad")
    else:
        toast(request, _("The mail is on its way."))
    return redirect(_thread(message.order_id or 0))


def _send(request: PersonRequest, order: Order, form: MailForm) -> HttpResponse:
    words, typed = form.cleaned_data, form.typed_letter()
    try:
        send_document(
            by=request.user,
            order=order,
            version=words["version"],
            purpose=form.purpose,
            to=words["to"],
            subject=typed.subject,
            text=typed.text,
            file=_made(order, form),
            form_token=words["token"],
        )
    except OrderError as refusal:
        return _draw(request, order, _refused(request, form, refusal), status=422)
    toast(request, _("The mail is on its way."))
    return redirect(_thread(order.pk))


def _made(order: Order, form: MailForm) -> NewEvidence | None:
    """The chosen document as a file, in the chosen language."""
    if form.chosen is None:
        return None
    languages = MAIL_LANGUAGES[form.cleaned_data["language"]]
    document = document_of(order, form.chosen.key)
    return pdf_evidence(file_name(document, languages=languages), render_pdf(document, languages=languages))


def _drawn_anew(form: MailForm, *, keep: bool) -> MailForm:
    """The form with the words of the new choice; words somebody wrote are kept, unless they ask for new ones."""
    words, typed = form.cleaned_data, form.typed_letter()
    letter: Letter = propose(form.order, form.chosen, words["language"])
    if keep and typed != form.proposal_drawn():
        letter = typed
    initial = words | {
        "subject": letter.subject, "text": letter.text, "drawn": drawn_for(words["document"], words["language"]),
    }  # fmt: skip
    return MailForm(initial=initial, order=form.order, printables=list(form.printables.values()))


def _refused(request: PersonRequest, form: MailForm, refusal: OrderError) -> MailForm:
    """What was typed with its fault; where the order was changed, the next press is for the order as it is now."""
    typed = request.POST.copy()
    if not refusal.field:
        typed["version"] = str(form.order.version)
    again = MailForm(typed, order=form.order, printables=list(form.printables.values()))
    again.is_valid()
    again.take_refusal(refusal)
    return again


def _draw(
    request: PersonRequest, order: Order, form: MailForm, *, is_new: bool = False, status: int = 200
) -> HttpResponse:
    people = Contact.objects.filter(customer_id=order.customer_id, has_left=False).exclude(email="")
    chosen = form.printables.get(str(form["document"].value() or ""))
    context: dict[str, Any] = {
        "order": order,
        "form": form,
        "heading": _("Mail to the customer: %(number)s") % {"number": order.number},
        "text": "",
        "deed": {"label": _("Send"), "icon": "send"},
        "addresses": people.order_by("id")[:_MOST_ADDRESSES],
        "preview": f"{chosen.pdf_url}?languages={form['language'].value()}" if chosen else "",
        "is_new": is_new,
    }
    return render(request, "orders/documents/mail.html", context, status=status)


def _thread(pk: int) -> str:
    return reverse("orders:detail", args=[pk]) + "#thread"
