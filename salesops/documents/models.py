"""The company that sends the documents."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from salesops.documents.paper import Language, Letterhead, Words, say
from salesops.documents.pictures import picture_address

ONLY = 1
"""There is one company; its row has this key."""


class CompanyProfile(models.Model):
    """The letterhead: who we are, on every document a customer receives. One row."""

    name_zh = models.CharField(_("name in Chinese"), max_length=200, blank=True)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    address_zh = models.CharField(_("address in Chinese"), max_length=300, blank=True)
    address_en = models.CharField(_("address in English"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    email = models.EmailField(_("mail address"), blank=True)
    website = models.CharField(_("website"), max_length=120, blank=True)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    bank_zh = models.CharField(_("bank in Chinese"), max_length=200, blank=True)
    bank_en = models.CharField(_("bank in English"), max_length=200, blank=True)
    account = models.CharField(_("bank account"), max_length=60, blank=True)
    swift = models.CharField(_("SWIFT code"), max_length=20, blank=True)
    logo = models.BinaryField(_("logo"), blank=True, default=b"")  # in the row: several machines share a database

    class Meta:
        verbose_name = _("company letterhead")
        verbose_name_plural = _("company letterhead")
        constraints = [models.CheckConstraint(condition=models.Q(pk=ONLY), name="one_company")]

    def __str__(self) -> str:
        return self.name_zh or self.name_en or str(_("company letterhead"))

    def save(self, *args: object, **kwargs: object) -> None:
        """Always the one row."""
        self.pk = ONLY
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def in_languages(self, field: str, languages: Sequence[Language]) -> Words:
        """A field kept in both languages; a missing one is told in the other rather than not at all."""
        kept = {"zh": getattr(self, f"{field}_zh"), "en": getattr(self, f"{field}_en")}
        said = [kept[language] for language in languages if kept[language]] or [text for text in kept.values() if text]
        return tuple(dict.fromkeys(said))

    def letterhead(self, languages: Sequence[Language]) -> Letterhead:
        """Names, addresses and ways to reach us as the head of a document."""
        labelled = (
            (pgettext_lazy("letterhead", "Phone"), self.phone),
            (pgettext_lazy("letterhead", "Tax number"), self.tax_number),
        )
        reach = [" ".join((*say(label, languages), value)) for label, value in labelled if value]
        plain = [text for text in (self.email, self.website) if text]
        lines = (*self.in_languages("address", languages), "　".join(reach), "　".join(plain))
        return Letterhead(self.in_languages("name", languages), tuple(line for line in lines if line), bytes(self.logo))

    @property
    def logo_address(self) -> str:
        """The logo as a data: address for a page; empty where there is none."""
        return picture_address(bytes(self.logo))


def company() -> CompanyProfile:
    """Who we are; an empty profile while nobody has written it down."""
    return CompanyProfile.objects.filter(pk=ONLY).first() or CompanyProfile(pk=ONLY)
