"""Products, price lists and steps of prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.actions.products import Step
from customers.forms.fields import CleanForm, helper_of, section, wide
from customers.models import ListedPrice, PriceList, Product
from customers.searching import find_products
from customers.validation import check_tax_category


class ProductCodeField(forms.CharField):
    """Another product by its code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=60, **kwargs)

    def clean(self, value: Any) -> Product | None:
        code = super().clean(value)
        if not code:
            return None
        product = Product.objects.filter(code=code).first()
        if product is None:
            near = ", ".join(one.code for one in find_products(code, 3))
            if near:
                raise ValidationError(
                    _("There is no product %(code)s. Did you mean %(near)s?") % {"code": code, "near": near}
                )
            raise ValidationError(_("There is no product %(code)s.") % {"code": code})
        return product


class ProductForm(CleanForm, forms.ModelForm[Product]):
    """One thing that can stand on an order line."""

    folded = ("code", "barcode", "tax_category", "initials")
    substitute = ProductCodeField(
        label=_("substitute"), required=False, help_text=_("Code of the product to offer instead.")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    class Meta:
        model = Product
        fields = (
            "code", "name", "initials", "spec", "barcode", "category", "subcategory", "unit", "pack_size",
            "minimum_quantity", "invoice_name", "tax_category", "tax_rate", "list_price", "floor_price",
            "is_discontinued", "substitute", "remarks",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.substitute is not None:
            self.initial["substitute"] = self.instance.substitute.code
        self.fields["initials"].help_text = _("Made from the name when empty.")
        for name in ("pack_size", "minimum_quantity"):
            self.fields[name].required = False
        self.helper = helper_of(
            "version",
            section(_("Product"), "code", "barcode", wide("name"), "spec", "unit", "category", "subcategory",
                    "initials"),
            section(_("Selling"), "pack_size", "minimum_quantity", "list_price", "floor_price", "is_discontinued",
                    "substitute"),
            section(_("Invoicing"), "invoice_name", "tax_category", "tax_rate"),
            section(_("Record"), wide("remarks")),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "pack_size" in cleaned and cleaned["pack_size"] is None:
            cleaned["pack_size"] = 1
        if "minimum_quantity" in cleaned and cleaned["minimum_quantity"] is None:
            cleaned["minimum_quantity"] = 0
        if cleaned.get("pack_size", 1) <= 0:
            self.add_error("pack_size", _("A pack holds more than nothing."))
        for name in ("minimum_quantity", "list_price", "floor_price"):
            if (cleaned.get(name) or 0) < 0:
                self.add_error(name, _("Type zero or more."))
        self.take(check_tax_category(cleaned.get("tax_category", "")))
        return cleaned

    def validate_constraints(self) -> None:
        """``clean`` has said it in sentences already."""

    def values(self) -> dict[str, Any]:
        """What the deed takes."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or () if name in self.cleaned_data}


class PriceListForm(CleanForm, forms.ModelForm[PriceList]):
    class Meta:
        model = PriceList
        fields = ("name", "currency", "includes_tax", "valid_from", "valid_to", "is_active")

    folded = ("currency",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper_of(section(_("Price list"), *self.fields))

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).upper()
        if not (currency.isascii() and currency.isalpha() and len(currency) == 3):
            raise ValidationError(_("A currency has three letters, such as CNY or USD."))
        return currency

    def values(self) -> dict[str, Any]:
        """What the deed takes."""
        return dict(self.cleaned_data)


class StepForm(CleanForm, forms.ModelForm[ListedPrice]):
    """One step; a row without a price is no row."""

    class Meta:
        model = ListedPrice
        fields = ("from_quantity", "price", "valid_from", "valid_to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("from_quantity", "price"):
            self.fields[name].required = False
        self.fields["from_quantity"].initial = None
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("price") is None and cleaned.get("from_quantity") is not None and "price" not in self.errors:
            self.add_error("price", _("Type the price, or empty the row."))
        return cleaned

    def validate_constraints(self) -> None:
        """The deed writes all steps anew and compares them with each other."""

    def validate_unique(self) -> None:
        """See validate_constraints."""

    def step(self) -> Step | None:
        """The row as a step, None for an empty one."""
        cleaned = self.cleaned_data
        if cleaned.get("price") is None:
            return None
        return Step(
            cleaned.get("from_quantity") or Decimal(0),
            cleaned["price"],
            cleaned.get("valid_from"),
            cleaned.get("valid_to"),
        )


StepFormSet = forms.formset_factory(StepForm, extra=3, max_num=50, absolute_max=60)
