"""What the entry page sends: rows and header as plain values, read by the very fields of the plain form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Address, Customer
from customers.validation import check_text, strip_invisible
from orders.forms.fields import PlainCharField, check_year
from orders.forms.rows import LineForm, OrderRows
from orders.models import Order
from orders.requests.cells import counted
from orders.rows import LineEntry

ROW_FIELDS = (
    "product", "product_name", "spec", "customer_part_number", "quantity", "unit", "unit_price", "percent", "tax_rate",
    "due_on", "remarks",
)  # fmt: skip
HEADER_FIELDS = ("customer_po", "channel", "requested_on", "promised_on", "is_urgent", "remarks", "printed_remarks")
LONGEST_KEY = 24
LONGEST_VALUE = 2000


class SharedFields(dict[str, forms.Field]):
    """Fields that every form of a class reads with: no form changes them, so none needs a copy of its own."""

    def __deepcopy__(self, memo: dict[int, Any]) -> SharedFields:
        return self


class EntryLineForm(LineForm):
    """A row of the grid: a row of the plain form, with specification and the customer's part number.

    The page draws the grid itself; the form only reads it (measured: five rows in a third of the time).
    """

    is_drawn = False
    spec = PlainCharField(label=_("Specification"), required=False, max_length=200)
    customer_part_number = PlainCharField(label=_("Customer's part number"), required=False, max_length=60)

    def has_changed(self) -> bool:
        """Whether anything stands in the row: it begins empty."""
        return any(self.data.get(self.add_prefix(name)) for name in self.fields)


# Why a row is right the page says beside its values, not as one of them.
EntryLineForm.base_fields = SharedFields(
    {name: each for name, each in EntryLineForm.base_fields.items() if name != "why"}
)


class EntryRows(OrderRows):
    """Rows of the grid, each known to the page by a key of its own; a row that is gone is not sent."""

    form = EntryLineForm
    can_delete = False

    def __init__(self, rows: Sequence[Mapping[str, Any]], *, customer: Customer | None, order: Order | None) -> None:
        rows = [counted(row) for row in rows]
        typed: dict[str, str] = {"rows-TOTAL_FORMS": str(len(rows)), "rows-INITIAL_FORMS": "0"}
        for place, row in enumerate(rows):
            for name in ("id", *ROW_FIELDS):
                typed[f"rows-{place}-{name}"] = text_of(row.get(name))
            if _is_priced_by_book(row):
                typed[f"rows-{place}-unit_price"] = ""
        self.rows = rows
        self.order = order
        super().__init__(typed, customer=customer, order=order)

    def by_key(self) -> list[tuple[str, Mapping[str, Any], EntryLineForm]]:
        """(key, row as sent, its form) of each row in order."""
        return [
            (str(row["key"]), row, form)
            for row, form in zip(self.rows, self.forms, strict=False)
            if isinstance(form, EntryLineForm)
        ]

    def _entry(self, form: LineForm) -> LineEntry:
        entry = super()._entry(form)
        values = form.cleaned_data
        return replace(
            entry,
            spec=values["spec"] if entry.product is None else None,
            customer_part_number=values["customer_part_number"],
        )


class EntryHeader(forms.Form):
    """The header fields of the page; what the page did not send stays as it is."""

    customer_po = PlainCharField(label=_("Customer PO"), max_length=80, required=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=Order.Channel.choices, required=False)
    requested_on = forms.DateField(label=_("Requested delivery"), required=False, validators=[check_year])
    promised_on = forms.DateField(label=_("Promised delivery"), required=False, validators=[check_year])
    is_urgent = forms.BooleanField(label=_("Urgent"), required=False)
    remarks = forms.CharField(label=_("Internal remarks"), max_length=2000, required=False)
    printed_remarks = forms.CharField(label=_("Printed remarks"), max_length=2000, required=False)
    address = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def __init__(self, header: Mapping[str, Any], *, customer: Customer | None) -> None:
        self.customer = customer
        self.sent = {name for name in (*HEADER_FIELDS, "address") if name in header}
        typed = {name: text_of(header[name]) for name in self.sent}
        if header.get("is_urgent") in (True, "true", "on"):
            typed["is_urgent"] = "on"
        elif "is_urgent" in typed:
            typed["is_urgent"] = ""
        super().__init__(typed)

    def _plain(self, name: str) -> str:
        text = strip_invisible(self.cleaned_data[name] or "")
        for problem in check_text(text, name, lines=True):
            raise forms.ValidationError(problem.sentence)
        return text

    def clean_remarks(self) -> str:
        return self._plain("remarks")

    def clean_printed_remarks(self) -> str:
        return self._plain("printed_remarks")

    def values(self) -> dict[str, Any]:
        """As create_order and edit_order take it: only what was sent, an address as its three fields."""
        cleaned = {name: self.cleaned_data[name] for name in HEADER_FIELDS if name in self.sent}
        if not cleaned.get("channel"):
            cleaned.pop("channel", None)
        chosen = self.cleaned_data.get("address")
        address = Address.objects.filter(customer=self.customer, pk=chosen).first() if chosen else None
        if address is not None:
            cleaned |= {
                "ship_to": str(address),
                "ship_to_receiver": address.receiver,
                "ship_to_phone": address.phone,
            }
        return cleaned


def text_of(value: Any) -> str:
    """A sent value as what stands in a field; lists and objects are nothing a field can hold."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, bool):
        return "on" if value else ""
    return str(value).replace("\0", "")[:LONGEST_VALUE]


def _is_priced_by_book(row: Mapping[str, Any]) -> bool:
    """Whether nobody wrote the price: it follows the customer's prices; a saved row keeps the one it has."""
    source = row.get("from")
    return isinstance(source, dict) and source.get("unit_price") == "default" and not row.get("id")
