"""From the contents of a document to the paper it is printed on: titles, labels, columns, totals, signatures."""

from __future__ import annotations

from datetime import date
from functools import singledispatch

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.documents.contents import AmendmentDocument, DeliveryNote, Document, DocumentOrder, ReturnNote, Validity
from orders.documents.figures import quantity_text, total_text
from orders.documents.tables import change_table, goods_table, priced_table
from salesops.chinese import amount_in_words
from salesops.documents.models import CompanyProfile
from salesops.documents.paper import Block, Fact, Language, Paper, Words, say, say_with

_STAMPS = {
    Validity.DRAFT: pgettext_lazy("stamp", "Draft"),
    Validity.CANCELLED: pgettext_lazy("stamp", "Cancelled"),
    Validity.REJECTED: pgettext_lazy("stamp", "Not accepted"),
    Validity.SUPERSEDED: pgettext_lazy("stamp", "Superseded"),
}
TITLES: dict[type[Document], Promise] = {
    DocumentOrder: _("Order confirmation"),
    DeliveryNote: _("Delivery note"),
    AmendmentDocument: _("Order amendment"),
    ReturnNote: _("Return note"),
}
LARGEST_IN_WORDS = 10**16


class Speaker:
    """Says labels and values in the languages of one document."""

    def __init__(self, languages: tuple[Language, ...]) -> None:
        self.languages = languages

    def say(self, text: str | Promise) -> Words:
        return say(text, self.languages)

    def fact(self, label: Promise, value: str | Promise | date | None, *, is_strong: bool = False) -> list[Fact]:
        """The fact as a list of one, or of none where there is nothing to tell."""
        if value is None or value == "":
            return []
        words = self.say(value.isoformat() if isinstance(value, date) else value)
        return [Fact(self.say(label), words, is_strong)] if words else []

    def block(self, heading: Promise, *facts: list[Fact]) -> list[Block]:
        found = tuple(fact for some in facts for fact in some)
        return [Block(self.say(heading), found)] if found else []


def paper_of(document: Document, *, languages: tuple[Language, ...], company: CompanyProfile) -> Paper:
    """The document on the company's paper, in one language or in both."""
    return _laid_out(document, Speaker(languages), company)


@singledispatch
def _laid_out(document: Document, speaker: Speaker, company: CompanyProfile) -> Paper:
    raise TypeError(f"not a document: {type(document).__name__}")


def _paper(document: Document, speaker: Speaker, company: CompanyProfile, **parts: tuple[object, ...]) -> Paper:
    """What all documents share: letterhead, title, stamp, page numbers."""
    say = speaker.say
    revision = getattr(document, "revision", 0)
    told = say_with(_("Revision %(revision)s"), {"revision": revision}, speaker.languages) if revision else ()
    page = {"page": "{page}", "pages": "{pages}"}
    return Paper(
        languages=speaker.languages,
        letterhead=company.letterhead(speaker.languages),
        title=say(TITLES[type(document)]),
        number=document.number,
        stamp=say(_STAMPS[document.validity]) if document.validity in _STAMPS else (),
        foot=" · ".join([document.number, *told]),
        page_words=say_with(_("Page %(page)s of %(pages)s"), page, speaker.languages),
        unprintable_words=say(_("Characters that could not be printed stand as 〓")),
        **parts,  # type: ignore[arg-type]
    )


def _revision(speaker: Speaker, revision: int) -> list[Fact]:
    return speaker.fact(_("Revision"), str(revision) if revision else "")


@_laid_out.register
def _confirmation(document: DocumentOrder, speaker: Speaker, company: CompanyProfile) -> Paper:
    fact = speaker.fact
    buyer = speaker.block(
        pgettext_lazy("document", "Buyer"),
        fact(pgettext_lazy("document", "Name"), document.customer_name, is_strong=True),
        fact(_("Invoice to"), document.invoice_title if document.invoice_title != document.customer_name else ""),
        fact(_("Tax number"), document.tax_number),
        fact(_("Payment terms"), document.payment_terms),
    )
    return _paper(
        document,
        speaker,
        company,
        head=(
            *fact(_("Order number"), document.number, is_strong=True),
            *fact(_("Order date"), document.ordered_on),
            *fact(pgettext_lazy("document", "Your order no."), document.customer_po),
            *_revision(speaker, document.revision),
        ),
        blocks=(*buyer, *_delivery(document, speaker)),
        tables=(priced_table(document, speaker.say),),
        closing=(
            *_in_words(document, speaker),
            *fact(_("Remarks"), document.remarks),
            *_payment(document, speaker, company),
            *fact(pgettext_lazy("document", "Your contact"), f"{document.clerk} {document.clerk_phone}".strip()),
        ),
        signatures=(
            speaker.say(pgettext_lazy("document", "Seller (signature and stamp)")),
            speaker.say(pgettext_lazy("document", "Buyer (signature and stamp)")),
        ),
    )


def _delivery(document: DocumentOrder, speaker: Speaker) -> list[Block]:
    fact, recipient = speaker.fact, document.recipient
    return speaker.block(
        pgettext_lazy("document", "Delivery"),
        fact(_("Ship to"), recipient.address),
        fact(pgettext_lazy("document", "Receiver"), f"{recipient.receiver} {recipient.phone}".strip()),
        fact(pgettext_lazy("document", "Shipping"), document.ship_method),
        fact(_("Promised delivery"), document.promised_on, is_strong=True),
    )


def _in_words(document: DocumentOrder, speaker: Speaker) -> list[Fact]:
    """人民币大写, where the order is in yuan and the words reach that far."""
    if document.currency != "CNY" or abs(document.total) >= LARGEST_IN_WORDS:
        return []
    return speaker.fact(_("Amount in words"), amount_in_words(document.total), is_strong=True)


def _payment(document: DocumentOrder, speaker: Speaker, company: CompanyProfile) -> list[Fact]:
    if not company.account:
        return []
    account = [company.account]
    if company.swift and document.currency != "CNY":
        account.append(f"SWIFT {company.swift}")
    bank = company.in_languages("bank", speaker.languages)
    lines = (*bank, " · ".join(account))
    return [Fact(speaker.say(pgettext_lazy("document", "Payment to")), lines)]


@_laid_out.register
def _note_of_delivery(document: DeliveryNote, speaker: Speaker, company: CompanyProfile) -> Paper:
    fact, recipient = speaker.fact, document.recipient
    weight = f"{quantity_text(document.weight_kg)} kg" if document.weight_kg is not None else ""
    receiver = speaker.block(
        pgettext_lazy("document", "Receiver"),
        fact(pgettext_lazy("document", "Name"), document.customer_name, is_strong=True),
        fact(_("Ship to"), recipient.address),
        fact(pgettext_lazy("document", "Contact"), f"{recipient.receiver} {recipient.phone}".strip()),
    )
    carriage = speaker.block(
        pgettext_lazy("document", "Carriage"),
        fact(_("Carrier"), document.carrier),
        fact(_("Tracking number"), "\n".join(document.tracking_numbers)),
        fact(_("Packages"), "" if document.packages is None else str(document.packages)),
        fact(_("Weight"), weight),
    )
    is_own_number = document.number != document.order_number
    return _paper(
        document,
        speaker,
        company,
        head=(
            *fact(_("Delivery note no."), document.number if is_own_number else "", is_strong=True),
            *fact(_("Order number"), document.order_number, is_strong=not is_own_number),
            *fact(pgettext_lazy("document", "Your order no."), document.customer_po),
            *fact(_("Shipped on"), document.shipped_on),
            *_revision(speaker, document.revision),
        ),
        blocks=(*receiver, *carriage),
        tables=(goods_table(document.lines, speaker.say),),
        closing=tuple(fact(_("Remarks"), document.remarks)),
        signatures=(
            speaker.say(pgettext_lazy("document", "Handed over (name, date)")),
            speaker.say(pgettext_lazy("document", "Carrier (name, date)")),
            speaker.say(pgettext_lazy("document", "Received complete (signature, stamp, date)")),
        ),
    )


@_laid_out.register
def _amendment(document: AmendmentDocument, speaker: Speaker, company: CompanyProfile) -> Paper:
    fact = speaker.fact
    is_own_number = document.number != document.order_number
    return _paper(
        document,
        speaker,
        company,
        head=(
            *fact(_("Amendment no."), document.number if is_own_number else "", is_strong=True),
            *fact(_("Order number"), document.order_number, is_strong=not is_own_number),
            *fact(pgettext_lazy("document", "Your order no."), document.customer_po),
            *fact(pgettext_lazy("document", "Date"), document.amended_on),
            *_revision(speaker, document.revision),
        ),
        blocks=(
            *speaker.block(
                pgettext_lazy("document", "Buyer"),
                fact(pgettext_lazy("document", "Name"), document.customer_name, is_strong=True),
            ),
            *speaker.block(
                pgettext_lazy("document", "Change"),
                fact(pgettext_lazy("document", "Cause"), document.cause),
                fact(_("Promised delivery"), document.promised_on, is_strong=True),
            ),
        ),
        tables=(change_table(document, speaker.say),),
        closing=(
            *fact(_("Remarks"), document.remarks),
            *fact(_("Confirm here"), document.confirmation_url),
            *fact(pgettext_lazy("document", "Note"), _("Everything not named here stays as confirmed before.")),
        ),
        signatures=(
            speaker.say(pgettext_lazy("document", "Seller (signature and stamp)")),
            speaker.say(pgettext_lazy("document", "Buyer (signature and stamp)")),
        ),
    )


@_laid_out.register
def _note_of_return(document: ReturnNote, speaker: Speaker, company: CompanyProfile) -> Paper:
    fact, back = speaker.fact, document.return_to
    is_own_number = document.number != document.order_number
    credited: list[Fact] = []
    if document.total is not None:
        credited = fact(
            pgettext_lazy("document", "Credited"), total_text(document.total, document.currency), is_strong=True
        )
    return _paper(
        document,
        speaker,
        company,
        head=(
            *fact(_("Return no."), document.number if is_own_number else "", is_strong=True),
            *fact(_("Order number"), document.order_number, is_strong=not is_own_number),
            *fact(pgettext_lazy("document", "Your order no."), document.customer_po),
            *fact(pgettext_lazy("document", "Date"), document.returned_on),
        ),
        blocks=(
            *speaker.block(
                pgettext_lazy("document", "Customer"),
                fact(pgettext_lazy("document", "Name"), document.customer_name, is_strong=True),
                fact(pgettext_lazy("document", "Cause"), document.cause),
                fact(pgettext_lazy("document", "Resolution"), document.resolution),
            ),
            *speaker.block(
                _("Return to"),
                fact(pgettext_lazy("document", "Address"), back.address),
                fact(pgettext_lazy("document", "Contact"), f"{back.receiver} {back.phone}".strip()),
                fact(_("Carrier"), document.carrier),
                fact(_("Tracking number"), "\n".join(document.tracking_numbers)),
            ),
        ),
        tables=(
            goods_table(
                document.lines,
                speaker.say,
                currency=document.currency,
                totals=tuple(credited),
            ),
        ),
        closing=tuple(fact(_("Remarks"), document.remarks)),
        signatures=(
            speaker.say(pgettext_lazy("document", "Handed over (name, date)")),
            speaker.say(pgettext_lazy("document", "Received and checked (signature, date)")),
        ),
    )
