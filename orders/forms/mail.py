"""The mail a document goes with: which document, in which language, to whom, in which words."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.actions.clarify import MOST_TEXT
from orders.actions.send_document import MOST_SUBJECT
from orders.documents.choice import Printable
from orders.documents.letters import REJECTION, REPLY, Letter, letter_of, usual_language
from orders.forms.deeds import DeedForm
from orders.models import Order
from orders.status import Status

_LANGUAGE_NAMES = [("zh", "中文"), ("en", "English"), ("both", _("Both languages"))]


class MailForm(DeedForm):
    """``drawn`` says for which document and language the text was proposed: another choice asks for another text."""

    document = forms.ChoiceField(
        label=_("Attached"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=_LANGUAGE_NAMES, widget=forms.Select(attrs={"class": "form-select"})
    )
    to = forms.EmailField(
        label=_("Mail to"),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "form-control", "list": "addresses", "autocomplete": "off"}),
    )
    subject = forms.CharField(
        label=_("Subject"), max_length=MOST_SUBJECT, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    text = forms.CharField(
        label=_("Text"), max_length=MOST_TEXT, widget=forms.Textarea(attrs={"class": "form-control", "rows": 10})
    )
    drawn = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, printables: list[Printable], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.printables = {each.key: each for each in printables if each.may_be_mailed}
        nothing = ("", _("Nothing, words only"))
        names = [*((key, each.name) for key, each in self.printables.items()), nothing]
        self.fields["document"].choices = names  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Printable | None:
        """The document that goes along, None for words alone."""
        return self.printables.get(self.cleaned_data["document"])

    @property
    def purpose(self) -> str:
        """What the mail is for, as the thread keeps it."""
        return purpose_of(self.order, self.chosen)

    def is_as_drawn(self) -> bool:
        """Whether document and language are still those the text was proposed for."""
        return bool(
            self.cleaned_data["drawn"] == drawn_for(self.cleaned_data["document"], self.cleaned_data["language"])
        )

    def typed_letter(self) -> Letter:
        """Subject and text as they are written now, line ends as ours."""
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        return Letter(self.cleaned_data["subject"], text)

    def proposal_drawn(self) -> Letter | None:
        """What was proposed when the page was drawn; None where that cannot be told any more."""
        key, _colon, language = self.cleaned_data["drawn"].partition(":")
        if (key and key not in self.printables) or language not in dict(_LANGUAGE_NAMES):
            return None
        return propose(self.order, self.printables.get(key), language)


def drawn_for(key: str, language: str) -> str:
    """The mark of a proposal."""
    return f"{key}:{language}"


def purpose_of(order: Order, printable: Printable | None) -> str:
    """A document's own purpose; without one a refusal, or a plain reply."""
    if printable is not None:
        return printable.purpose
    return REJECTION if order.state == Status.REJECTED else REPLY


def propose(order: Order, printable: Printable | None, language: str) -> Letter:
    """Subject and text for a document, or for none."""
    return letter_of(order, purpose_of(order, printable), language, printable.about if printable else "")


def initial_mail(order: Order, printables: list[Printable], *, key: str, language: str, to: str) -> dict[str, Any]:
    """A fresh form: proposed words, a token of its own, the order as it is now."""
    offered = {each.key: each for each in printables if each.may_be_mailed}
    chosen = offered.get(key)
    language = language if language in dict(_LANGUAGE_NAMES) else usual_language(order)
    letter = propose(order, chosen, language)
    return {
        "document": chosen.key if chosen else "", "language": language, "to": to, "subject": letter.subject,
        "text": letter.text, "drawn": drawn_for(chosen.key if chosen else "", language), "version": order.version,
        "token": uuid4(),
    }  # fmt: skip
