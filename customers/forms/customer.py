"""The customer, its people, and the small deeds on it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.forms.fields import CleanForm, helper_of, include, section, wide
from customers.models import Customer, PriceList
from customers.validation import check_phone, check_tax_number, normalise_phone, normalise_tax_number
from staff.models import User
from staff.roles import Permission


class FormerNamesField(forms.CharField):
    """One former name a line, kept as a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=2000, widget=forms.Textarea, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value


class CustomerForm(CleanForm, forms.ModelForm[Customer]):
    """Everything about a customer but its people and its parts."""

    folded = ("code", "tax_number", "phone", "fax", "email", "currency", "initials")
    former_names = FormerNamesField(label=_("former names"), required=False, help_text=_("One a line."))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    class Meta:
        model = Customer
        fields = (
            "code", "name", "short_name", "former_names", "initials", "kind", "tax_number_kind", "tax_number", "level",
            "group", "industry", "country", "region", "province", "city", "origin", "credit_limit", "payment_terms",
            "statement_day", "currency", "price_list", "phone", "fax", "email", "carrier", "shipping_wishes",
            "delivery_hours", "ships_complete", "over_ship_percent", "is_active", "verified_on", "remarks",
        )  # fmt: skip

    def __init__(self, *args: Any, check_url: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.fields
        fields["code"].required = False
        fields["code"].help_text = _("Leave empty for the next number.")
        fields["initials"].help_text = _("Made from the name; type your own where a reading is another.")
        fields["tax_number"].help_text = _("As on the business licence; spaces and full-width signs do not matter.")
        fields["name"].help_text = _("As on the business licence.")
        lists = PriceList.objects.filter(is_active=True)
        if self.instance.price_list_id:
            lists = lists | PriceList.objects.filter(pk=self.instance.price_list_id)
        fields["price_list"].queryset = lists  # type: ignore[attr-defined]
        if check_url:
            self._check_while_typing(check_url)
        self.helper = helper_of(
            "version",
            section(
                _("Who they are"), wide("name"), "short_name", "code", "kind", "level", "tax_number_kind", "tax_number",
                include("customers/_check.html"), "initials", wide("former_names"),
            ),
            section(_("Where and how"), "country", "region", "province", "city", "phone", "fax", "email", "group",
                    "industry", "origin"),
            section(_("Terms"), "payment_terms", "statement_day", "credit_limit", "currency", "price_list"),
            section(_("Shipping"), "carrier", "delivery_hours", wide("shipping_wishes"), "over_ship_percent",
                    "ships_complete"),
            section(_("Record"), "verified_on", "is_active", wide("remarks")),
        )  # fmt: skip

    def _check_while_typing(self, url: str) -> None:
        watch = {"hx-get": url, "hx-trigger": "change", "hx-target": "#cu-check", "hx-include": "closest form"}
        for name in ("name", "tax_number", "tax_number_kind", "phone"):
            self.fields[name].widget.attrs |= watch

    def clean_former_names(self) -> list[str]:
        lines = [line.strip()[:200] for line in self.cleaned_data["former_names"].splitlines()]
        return list(dict.fromkeys(line for line in lines if line))[:20]

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        foreign = cleaned.get("kind") == Customer.Kind.FOREIGN
        number = normalise_tax_number(cleaned.get("tax_number", ""))
        kind = cleaned.get("tax_number_kind", "")
        if number and kind == Customer.TaxNumberKind.NONE and len(number) == 18 and not foreign:
            # Eighteen characters and no kind chosen: nobody means anything else.
            kind = cleaned["tax_number_kind"] = Customer.TaxNumberKind.USCC
        cleaned["tax_number"] = number
        self.take(check_tax_number(kind, number))
        for name in ("phone", "fax"):
            cleaned[name] = normalise_phone(cleaned.get(name) or "")
            self.take(check_phone(cleaned[name], name, foreign=foreign))
        if not (cleaned.get("currency") or "").isalpha() or len(cleaned.get("currency") or "") != 3:
            self.add_error("currency", _("A currency has three letters, such as CNY or USD."))
        return cleaned

    def values(self) -> dict[str, Any]:
        """What the deed takes; initials a person typed are theirs until they empty the field."""
        fields = {name: self.cleaned_data[name] for name in self._meta.fields or () if name in self.cleaned_data}
        typed = fields.pop("initials", "").lower()
        if typed != self.initial.get("initials", ""):
            fields |= {"initials": typed, "initials_typed": bool(typed)}
        if self.instance.pk and not fields.get("code"):
            fields.pop("code")
        return fields


class PeopleForm(CleanForm, forms.ModelForm[Customer]):
    """Team, salesperson, clerk and deputy; team and salesperson only for those who see all customers."""

    class Meta:
        model = Customer
        fields = ("team", "salesperson", "clerk", "deputy_clerk")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.active()
        for name in ("salesperson", "clerk", "deputy_clerk"):
            current = getattr(self.instance, f"{name}_id")
            self.fields[name].queryset = people | User.objects.filter(pk=current)  # type: ignore[attr-defined]
        if not by.may(Permission.SEE_ALL_CUSTOMERS):
            del self.fields["team"], self.fields["salesperson"]
        self.helper = helper_of(section(_("People"), *self.fields))

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.fields}


class ReasonForm(CleanForm, forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper_of(wide("reason"))


class NoteForm(CleanForm, forms.Form):
    """What was said or heard."""

    text = forms.CharField(label=_("Note"), max_length=2000)
