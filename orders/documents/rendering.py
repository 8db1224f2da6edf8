"""Documents as files: the PDF, and the name it is sent under."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from orders.documents.contents import Document
from orders.documents.papers import TITLES, paper_of
from salesops.documents.models import CompanyProfile, company
from salesops.documents.paper import LANGUAGES, Paper, chosen_languages, say, say_with
from salesops.documents.typesetting import Typeset, typeset

_NOT_IN_FILE_NAMES = re.compile(r'[\x00-\x1f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]+')


def lay_out(document: Document, *, languages: Sequence[str] = LANGUAGES, sender: CompanyProfile | None = None) -> Paper:
    """The paper of the document; the letterhead is read where none is given. ValueError for an unknown language."""
    return paper_of(document, languages=chosen_languages(languages), company=sender or company())


def set_document(
    document: Document, *, languages: Sequence[str] = LANGUAGES, sender: CompanyProfile | None = None
) -> Typeset:
    """The PDF together with the characters its fonts lack."""
    return typeset(lay_out(document, languages=languages, sender=sender))


def render_pdf(
    document: Document, *, languages: Sequence[str] = LANGUAGES, sender: CompanyProfile | None = None
) -> bytes:
    """The document as PDF in zh, en or both; the same document gives the same bytes."""
    return set_document(document, languages=languages, sender=sender).pdf


def file_name(document: Document, *, languages: Sequence[str] = LANGUAGES) -> str:
    """ "订单确认书 SO-20261123-0042 修订2.pdf": the title in the main language, number, revision."""
    main = chosen_languages(languages)[:1]
    revision = getattr(document, "revision", 0)
    words = [*say(TITLES[type(document)], main), document.number]
    if revision:
        words += say_with(_("Revision %(revision)s"), {"revision": revision}, main)
    return f"{_NOT_IN_FILE_NAMES.sub('_', ' '.join(words)).strip(' .')}.pdf"
