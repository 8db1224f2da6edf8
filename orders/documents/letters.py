"""The mail a document goes with, proposed in the chosen language; a person reads it and sends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.actions.cancel import RejectReason
from orders.models import Order, ThreadMessage
from salesops.documents.models import company
from salesops.documents.paper import LANGUAGES, Language, say, say_with

MAIL_LANGUAGES: dict[str, tuple[Language, ...]] = {"zh": ("zh",), "en": ("en",), "both": LANGUAGES}
REJECTION, REPLY = "rejection", "reply"

_SUBJECTS: dict[str, Promise] = {
    "confirmation": _("Confirmation of your order %(order)s"),
    "amendment": _("Change of your order %(order)s"),
    "delivery_note": _("Delivery of your order %(order)s"),
    "return_note": _("Return of your order %(order)s"),
    REJECTION: _("Your order %(order)s"),
    REPLY: _("Your order %(order)s"),
}
_SENTENCES: dict[str, Promise] = {
    "confirmation": _("Thank you for your order. Our confirmation is attached; tell us if anything is not right."),
    "amendment": _("Your order was changed. What changes is in the attached amendment; please confirm it to us."),
    "delivery_note": _("Your goods are on their way or ready to go. The delivery note is attached."),
    "return_note": _("We have your return in hand. The return note is attached."),
    REJECTION: _("We are sorry that we cannot take your order."),
    REPLY: pgettext_lazy("mail", "About your order:"),
}  # fmt: skip
_WHY_NOT: dict[str, Promise] = {
    RejectReason.NOT_OURS: _("We do not sell what you ordered."),
    RejectReason.NO_STOCK: _("What you ordered cannot be delivered."),
    RejectReason.PRICE: _("We could not agree on the price."),
    RejectReason.CREDIT: _("We could not agree on the terms of payment."),
    RejectReason.UNCLEAR: _("It stayed unclear what you need."),
}
"""The clerk's reasons as a customer may read them; another reason is told in the words of whoever gave it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and text, to be looked at before they are sent."""

    subject: str
    text: str


def usual_language(order: Order) -> str:
    """Chinese for who has a Chinese name, English for everybody else."""
    return "en" if order.customer_name.isascii() else "zh"


def letter_of(order: Order, purpose: str, language: str, about: str = "") -> Letter:
    """What is proposed for a purpose; the subject carries the order's number, by which an answer finds back."""
    languages = MAIL_LANGUAGES[language]
    subject = " / ".join(say_with(_SUBJECTS[purpose], {"order": order.number}, languages))
    told = "，" if languages[0] == "zh" else ", "
    extra = [text for text in (about, _po(order.customer_po)) if text]
    why = _why_not(order) if purpose == REJECTION else ""
    parts = [_text(order, purpose, single, why) for single in languages]
    return Letter(told.join([subject, *extra]), "\n\n—\n\n".join(parts))


def _po(number: str) -> str:
    """ "PO 4711"; many customers write the letters into the number themselves."""
    return f"PO {number}" if number and not number.upper().startswith("PO") else number


def _text(order: Order, purpose: str, language: Language, why: str | Promise) -> str:
    def said(text: str | Promise) -> str:
        return "".join(say(text, (language,)))

    lines = [said(_("Good day,")), "", said(_SENTENCES[purpose])]
    if why:
        lines.append(said(why))
    if purpose in ("confirmation", "amendment") and order.promised_on:
        lines += say_with(_("Promised delivery: %(day)s"), {"day": order.promised_on.isoformat()}, (language,))
    sender = company().in_languages("name", (language,))
    clerk = f"{order.owner.display_name} {order.owner.phone}".strip() if order.owner else ""
    return "\n".join([*lines, "", *[line for line in (clerk, *sender) if line]])


def _why_not(order: Order) -> str | Promise:
    """Why the order was not taken, from its diary."""
    events = order.events.filter(kind="moved", after__state="rejected").order_by("-at", "-id")
    event = events.first()
    if event is None:
        return ""
    return _WHY_NOT.get(event.after.get("reason", ""), event.note)


def last_mail(order: Order, purpose: str, since: datetime | None = None) -> ThreadMessage | None:
    """The last mail of a purpose that left or is on its way; ``since`` leaves out what spoke of an earlier state."""
    mails = order.thread_messages.filter(direction=ThreadMessage.Direction.OUTGOING, purpose=purpose)
    if since is not None:
        mails = mails.filter(at__gte=since)
    return mails.exclude(state=ThreadMessage.State.FAILED).order_by("-at", "-id").first()


def sent_confirmation(order: Order) -> ThreadMessage | None:
    """The mail with the confirmation as it stands now: later than the confirming and than the last revision."""
    kept = order.snapshots.order_by("-revision").values_list("at", flat=True).first()
    moments = [moment for moment in (order.confirmed_at, kept) if moment is not None]
    return last_mail(order, "confirmation", max(moments, default=None))
