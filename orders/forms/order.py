"""The header of an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispy_forms.layout import Field
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.forms.fields import CleanForm, helper_of, section
from customers.models import Customer, InvoiceProfile
from customers.searching import find_customers
from orders.forms.fields import PlainCharField, PlainDecimalField, check_year
from orders.models import Order
from staff.models import User

_TAX_CHOICES = (("yes", _("Prices include tax")), ("no", _("Prices without tax")))
_AS_CUSTOMER = ("", _("As the customer has it"))


class OrderForm(CleanForm, forms.ModelForm[Order]):
    """Header fields of an order; what a new order leaves empty comes from its customer."""

    folded = ("customer_po", "source_number", "currency", "ship_to_phone")
    currency = PlainCharField(label=_("Currency"), max_length=3, required=False, is_code=True)
    exchange_rate = PlainDecimalField(label=_("Exchange rate"), decimal_places=8, required=False)
    price_basis = forms.ChoiceField(label=_("Prices"), choices=_TAX_CHOICES, required=False)

    class Meta:
        model = Order
        fields = (
            "kind", "channel", "customer_po", "source_number", "received_at", "requested_on", "promised_on",
            "is_urgent", "ship_method", "payment_terms", "currency", "exchange_rate", "ship_to", "ship_to_receiver",
            "ship_to_phone", "invoice_profile", "remarks", "printed_remarks",
        )  # fmt: skip

    def __init__(self, *args: Any, customer: Customer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = self.instance.pk is None
        moment = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        self.fields["received_at"].widget = moment
        for name in ("received_at", "requested_on", "promised_on"):
            self.fields[name].validators.append(check_year)
        for name in ("payment_terms", "currency", "exchange_rate", "received_at", "kind", "channel"):
            self.fields[name].required = not self.is_new
        self._offer_defaults(kwargs.get("initial") or {})
        self._offer_profiles(customer)
        parts: list[Any] = [section(_("Order details"), *self._order_fields())]
        parts.append(section(_("Delivery"), "ship_to", "ship_to_receiver", "ship_to_phone", "ship_method"))
        profile = ["invoice_profile"] if "invoice_profile" in self.fields else []
        parts.append(section(_("Money"), "payment_terms", "price_basis", "currency", "exchange_rate", *profile))
        parts.append(section(_("Remarks"), Field("remarks"), Field("printed_remarks")))
        self.helper = helper_of(*parts)

    @staticmethod
    def _order_fields() -> tuple[str, ...]:
        return (
            "customer_po", "channel", "requested_on", "promised_on", "received_at", "source_number", "kind",
            "is_urgent",
        )  # fmt: skip

    def _offer_defaults(self, given: Mapping[str, Any]) -> None:
        basis = self.fields["price_basis"]
        if not self.is_new:
            basis.required = True
            self.initial["price_basis"] = "yes" if self.instance.prices_include_tax else "no"
            return
        basis.choices = [_AS_CUSTOMER, *_TAX_CHOICES]  # type: ignore[attr-defined]
        terms = self.fields["payment_terms"]
        terms.choices = [_AS_CUSTOMER, *Customer.PaymentTerms.choices]  # type: ignore[attr-defined]
        for name in ("currency", "ship_to"):
            self.fields[name].widget.attrs["placeholder"] = str(_AS_CUSTOMER[1])
        self.fields["received_at"].help_text = _("Now, if left empty.")
        for name in ("payment_terms", "currency", "exchange_rate", "received_at"):
            self.initial[name] = given.get(name, "")

    def _offer_profiles(self, customer: Customer | None) -> None:
        if customer is None:
            del self.fields["invoice_profile"]
            return
        kept = InvoiceProfile.objects.filter(customer=customer)
        current = kept.filter(Q(is_current=True) | Q(pk=self.instance.invoice_profile_id or 0))
        self.fields["invoice_profile"].queryset = current  # type: ignore[attr-defined]

    def clean_currency(self) -> str:
        code: str = self.cleaned_data["currency"].upper()
        if code and not (code.isascii() and code.isalpha() and len(code) == 3):
            raise forms.ValidationError(_("A currency has three letters, for example CNY or USD."))
        return code

    def clean_exchange_rate(self) -> Any:
        rate = self.cleaned_data["exchange_rate"]
        if rate is not None and rate <= 0:
            raise forms.ValidationError(_("An exchange rate is greater than zero."))
        return rate

    def header(self) -> dict[str, Any]:
        """What was written, as create_order and edit_order take it; empty choices of a new order are left out."""
        values = dict(self.cleaned_data)
        stored = self.initial.get("received_at")
        if stored and values.get("received_at") == stored.replace(second=0, microsecond=0):
            values["received_at"] = stored  # the field shows minutes: not touched is not changed
        basis = values.pop("price_basis", "")
        if basis:
            values["prices_include_tax"] = basis == "yes"
        if "invoice_profile" in values:
            profile = values.pop("invoice_profile")
            if profile is not None or not self.is_new:
                values["invoice_profile_id"] = profile.pk if profile else None
        optional = ("payment_terms", "currency", "exchange_rate", "received_at", "ship_method", "ship_to", "kind")
        for name in (*optional, "channel", "ship_to_receiver", "ship_to_phone"):
            if self.is_new and values.get(name) in ("", None):
                values.pop(name, None)
        return values


class CustomerPick(forms.Form):
    """Who an order is for: typed as name, code or initials; the list that helps typing fills in the id."""

    customer = PlainCharField(
        label=_("Customer"),
        max_length=200,
        error_messages={"required": _("Write who the order is for: name, code or initials.")},
    )
    customer_id = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.found: Customer | None = None
        self.fields["customer"].widget.attrs |= {"autocomplete": "off", "class": "form-control", "autofocus": True}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        text = cleaned.get("customer")
        if text and "customer_id" not in self.errors:
            self.found = self._chosen(text, cleaned.get("customer_id")) or self._meant(text)
        return cleaned

    def _chosen(self, text: str, customer_id: int | None) -> Customer | None:
        """The one taken from the list, as long as its name is still what stands in the field."""
        if customer_id is None:
            return None
        customer = Customer.objects.visible_to(self.user).filter(pk=customer_id).first()
        return customer if customer is not None and customer.name == text else None

    def _meant(self, text: str) -> Customer | None:
        visible = Customer.objects.visible_to(self.user)
        named = list(visible.filter(code__iexact=text)[:1]) or list(visible.filter(name=text)[:2])
        found = named or find_customers(self.user, text, 6)
        if len(found) == 1:
            return found[0]
        if not found:
            self.add_error("customer", _("No customer of yours fits. Look at the name or the code again."))
        else:
            names = "; ".join(f"{customer.code} {customer.name}" for customer in found)
            self.add_error(
                "customer",
                forms.ValidationError(_("Several customers fit. Write the code: %(names)s"), params={"names": names}),
            )
        return None
