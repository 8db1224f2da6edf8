"""A document of an order to the customer: a mail in the thread, its PDF kept as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_noop

from orders.actions.clarify import MOST_TEXT, checked_address, written
from orders.actions.diary import write_diary
from orders.actions.locks import lock_order
from orders.errors import OrderError
from orders.models import Evidence, Order, ThreadMessage
from orders.requests.evidence import NewEvidence, keep_evidence, remove_files
from orders.requests.mailing import send_in_thread, send_once_more
from salesops.connectors.mail.characters import clean_line
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

MOST_SUBJECT = 200


def pdf_evidence(name: str, content: bytes) -> NewEvidence:
    """A document of ours as it is kept: the bytes the customer gets, under the name they get them."""
    return NewEvidence(Evidence.Kind.PAPER, content, name, "application/pdf")


def send_document(
    *,
    by: User,
    order: Order,
    version: int,
    purpose: str,
    to: str,
    subject: str,
    text: str,
    file: NewEvidence | None = None,
    form_token: UUID | None = None,
) -> ThreadMessage:
    """Mail the customer a document, or words alone; the same form again answers with the mail that was written.

    The document was made of the order as it was at ``version``: OrderError where somebody has changed it since.
    """
    _demand(by)
    subject = clean_line(subject, MOST_SUBJECT)
    if not subject:
        raise OrderError(gettext_noop("Write something first."), field="subject")
    text = written(text, MOST_TEXT, "text")
    address = checked_address(to)
    if not address:
        raise OrderError(gettext_noop("No mail address of this customer is known. Write one."), field="to")
    saved: list[str] = []
    try:
        with transaction.atomic():
            order = lock_order(order)
            earlier = ThreadMessage.objects.filter(form_token=form_token).first() if form_token else None
            if earlier is not None:
                return earlier
            if order.version != version:
                raise OrderError(gettext_noop("The order was changed meanwhile. Look at the document once more."))
            kept = keep_evidence(request=None, order=order, items=[file] if file else [], by=by, saved=saved)
            message = send_in_thread(
                by=by, order=order, to=address, subject=subject, body=text, purpose=purpose,
                evidence=kept[0] if kept else None, form_token=form_token,
            )  # fmt: skip
            _note(order, by, message)
            return message
    except BaseException:
        remove_files(saved)
        raise


@transaction.atomic
def send_mail_again(*, by: User, message: ThreadMessage) -> ThreadMessage:
    """Try once more to send a mail that could not be sent; it keeps its identity, so nobody gets it twice."""
    _demand(by)
    if message.order is None:
        raise OrderError(gettext_noop("This mail belongs to no order."))
    order = lock_order(message.order)
    message = ThreadMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if message.state != ThreadMessage.State.FAILED or not send_once_more(message):
        raise OrderError(gettext_noop("Only a mail that was not sent is sent again."))
    write_diary(order=order, kind="mail_again", by=by, after={"message": message.pk}, note=message.subject)
    return message


def _note(order: Order, by: User, message: ThreadMessage) -> None:
    told: dict[str, Any] = {"message": message.pk}
    name = ""
    if message.evidence is not None:
        told |= {"document": message.evidence.file_name, "sha256": message.evidence.sha256}
        name = message.evidence.file_name
    write_diary(order=order, kind="mail_sent", by=by, after=told, note=f"{message.subject}\n{name}".strip())


def _demand(by: User) -> None:
    if not by.may(Permission.ENTER_ORDERS):
        raise PermissionDenied
