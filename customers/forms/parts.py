"""Contacts, addresses, invoice profiles and part numbers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.forms.fields import CleanForm, helper_of, section, wide
from customers.models import Address, Contact, Customer, CustomerPartNumber, InvoiceProfile, Product
from customers.searching import find_products
from customers.validation import (
    check_bank_account,
    check_phone,
    check_postcode,
    check_tax_number,
    normalise_phone,
    normalise_tax_number,
)


class PartForm(CleanForm):
    """A part of a customer; knows whether the customer is abroad."""

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        self.foreign = customer.kind == Customer.Kind.FOREIGN

    def check_phones(self, cleaned: dict[str, Any], *names: str) -> None:
        for name in names:
            cleaned[name] = normalise_phone(cleaned.get(name) or "")
            self.take(check_phone(cleaned[name], name, foreign=self.foreign))

    def values(self) -> dict[str, Any]:
        """What the deed takes."""
        return {name: self.cleaned_data[name] for name in self.fields if name in self.cleaned_data}


class ContactForm(PartForm, forms.ModelForm[Contact]):
    folded = ("mobile", "phone", "email", "wechat")

    class Meta:
        model = Contact
        fields = ("name", "job_title", "part", "mobile", "phone", "wechat", "email", "reach_hours", "has_left")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper_of(section(_("Contact"), *self.fields))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.check_phones(cleaned, "mobile", "phone")
        return cleaned


class AddressForm(PartForm, forms.ModelForm[Address]):
    folded = ("phone", "postcode")

    class Meta:
        model = Address
        fields = (
            "receiver", "phone", "country", "province", "city", "district", "street", "postcode", "unloading",
            "is_default",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [wide(name) if name in {"street", "unloading"} else name for name in self.fields]
        self.helper = helper_of(section(_("Delivery address"), *names))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.check_phones(cleaned, "phone")
        self.take(check_postcode(cleaned.get("postcode", ""), foreign=self.foreign or bool(cleaned.get("country"))))
        return cleaned

    def validate_constraints(self) -> None:
        """The deed moves the default; the form need not refuse a second one."""


class InvoiceProfileForm(PartForm, forms.ModelForm[InvoiceProfile]):
    folded = ("tax_number", "phone", "account", "delivery_email", "delivery_phone")
    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    class Meta:
        model = InvoiceProfile
        fields = (
            "title", "tax_number", "kind", "address", "phone", "bank", "account", "delivery_email", "delivery_phone",
            "receiver", "valid_from", "is_default",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial.update(base_version=self.instance.version, valid_from=None)
        self.fields["valid_from"].required = False
        self.fields["valid_from"].help_text = _("Empty: from today.")
        names = [wide(n) if n in {"title", "address", "receiver"} else n for n in self._meta.fields or ()]
        self.helper = helper_of("base_version", section(_("Invoice profile"), *names))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        number = cleaned["tax_number"] = normalise_tax_number(cleaned.get("tax_number", ""))
        special = {InvoiceProfile.InvoiceKind.E_SPECIAL, InvoiceProfile.InvoiceKind.PAPER_SPECIAL}
        if not number and cleaned.get("kind") in special:
            self.add_error("tax_number", _("A special VAT invoice needs the buyer's tax number."))
        if number:
            kind = self.customer.tax_number_kind
            guessed = "foreign" if self.foreign else "old" if len(number) in {15, 20} else "uscc"
            self.take(check_tax_number(guessed if kind == Customer.TaxNumberKind.NONE else kind, number))
        self.check_phones(cleaned, "phone", "delivery_phone")
        self.take(check_bank_account(cleaned.get("account", "")))
        return cleaned

    def validate_constraints(self) -> None:
        """A save makes a new version; the deed keeps one default and one current."""

    def validate_unique(self) -> None:
        """See validate_constraints."""

    def values(self) -> dict[str, Any]:
        values = super().values()
        values.pop("base_version", None)
        if values.get("valid_from") is None:
            values.pop("valid_from", None)
        return values


class PartNumberForm(PartForm, forms.ModelForm[CustomerPartNumber]):
    folded = ("number", "product_code")
    product_code = forms.CharField(label=_("Product"), max_length=60, help_text=_("Our product code."))

    class Meta:
        model = CustomerPartNumber
        fields = ("number", "name")

    field_order = ("product_code", "number", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["product_code"] = self.instance.product.code
        self.helper = helper_of(section(_("Customer's part number"), *self.fields))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        code = cleaned.get("product_code", "")
        if code:
            product = Product.objects.filter(code=code).first()
            if product is None:
                near = ", ".join(one.code for one in find_products(code, 3))
                sentence = _("There is no product %(code)s. Did you mean %(near)s?") if near else _NO_PRODUCT
                self.add_error("product_code", sentence % {"code": code, "near": near})
            else:
                cleaned["product_id"] = product.pk
        return cleaned

    def validate_unique(self) -> None:
        """The deed says which product has the number already."""

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("product_id", "number", "name")}


_NO_PRODUCT = _("There is no product %(code)s.")
