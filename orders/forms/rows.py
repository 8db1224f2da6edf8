"""The rows of an order as a set of small forms: works without scripts, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.forms.formsets import BaseFormSet
from django.forms.renderers import get_default_renderer
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, CustomerPartNumber, Product, TaxRate
from customers.searching import find_products
from orders.forms.fields import (
    PlainCharField,
    PlainDecimalField,
    QuickCheckbox,
    QuickDay,
    QuickHidden,
    QuickSelect,
    check_year,
)
from orders.models import Order, OrderLine
from orders.rows import MAX_LINES, LineEntry
from orders.snapshots import plain_value
from salesops.prepared import Prepared

MORE_ROWS = 5
_WRITTEN = ("product", "product_name", "quantity", "unit_price")
_WIDE_SEARCHES = 20  # so many rows may name their product loosely; further ones need the code


def _label(row: str, field: str) -> str:
    return gettext("Row %(row)s, %(field)s") % {"row": row, "field": field}


class LineForm(forms.Form):
    """One row; wholly empty rows are skipped."""

    is_drawn: ClassVar[bool] = True  # whether a page shows the fields, which then need a name for screen readers

    id = forms.IntegerField(required=False, widget=QuickHidden, min_value=1, max_value=2**63 - 1)
    product = PlainCharField(label=_("Product code"), required=False, max_length=100, is_code=True)
    product_name = PlainCharField(label=_("Product name"), required=False, max_length=300)
    quantity = PlainDecimalField(label=_("Quantity"), required=False, decimal_places=4)
    unit = PlainCharField(label=_("Unit"), required=False, max_length=20)
    unit_price = PlainDecimalField(label=_("Unit price"), required=False, decimal_places=6, min_value=0)
    percent = PlainDecimalField(label=_("Discount %"), required=False, decimal_places=4, min_value=-100, max_value=100)
    tax_rate = forms.ChoiceField(
        label=_("Tax rate"), required=False, choices=[("", "—"), *TaxRate.choices], widget=QuickSelect
    )
    due_on = forms.DateField(
        label=_("Delivery date"),
        required=False,
        validators=[check_year],
        widget=QuickDay(),
    )
    remarks = PlainCharField(label=_("Remarks"), required=False, max_length=300)
    why = PlainCharField(label=_("Why is it right?"), required=False, max_length=300)
    why.widget.attrs["class"] = "form-control or-why"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found: Product | None = None
        if self.is_drawn:
            self._name_fields()

    def _name_fields(self) -> None:
        place = str(self.prefix).rpartition("-")[2]
        row = str(int(place) + 1) if place.isdecimal() else "__row__"
        for name, field in self.fields.items():
            if name != "id":
                field.widget.attrs["aria-label"] = _label(row, str(field.label))

    @property
    def is_written(self) -> bool:
        """Whether there is anything in the row that makes it one."""
        return any(self.cleaned_data.get(name) not in (None, "") or name in self.errors for name in _WRITTEN)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.is_written:
            return cleaned
        if cleaned.get("quantity") is None and "quantity" not in self.errors:
            self.add_error("quantity", _("Write how many."))
        elif cleaned.get("quantity") == 0:
            self.add_error("quantity", _("The quantity cannot be zero."))
        return cleaned


_BY_CODE = Prepared(lambda codes: Product.objects.filter(code__in=codes))


class OrderRows(BaseFormSet[LineForm]):
    """All rows of a form; finds the products of all rows in a few statements."""

    form = LineForm
    extra = 0
    can_order = False
    can_delete = True
    can_delete_extra = True
    min_num = 0
    max_num = MAX_LINES
    absolute_max = MAX_LINES
    validate_min = False
    validate_max = True
    renderer = get_default_renderer()

    def __init__(self, *args: Any, order: Order | None = None, customer: Customer | None = None, **kwargs: Any) -> None:
        self.stored: dict[int, OrderLine] = (
            {line.pk: line for line in order.lines_with_products()} if order is not None else {}
        )
        self.customer = customer
        kwargs.setdefault("prefix", "rows")
        super().__init__(*args, **kwargs)

    def written(self) -> list[LineForm]:
        """The rows that stay, in order: neither empty nor ticked for removal."""
        return [
            form for form in self.forms if form.is_valid() and form.is_written and not form.cleaned_data.get("DELETE")
        ]

    def clean(self) -> None:
        wanted = [form for form in self.forms if form.cleaned_data.get("product") and not self._keeps(form)]
        codes = {form.cleaned_data["product"] for form in wanted}
        variants = codes | {code.upper() for code in codes}
        known = {product.code: product for product in _BY_CODE.rows(codes=variants)}
        others = codes - known.keys()
        if self.customer is not None and others:
            numbers = CustomerPartNumber.objects.filter(customer=self.customer, number__in=others)
            known |= {part.number: part.product for part in numbers.select_related("product")}
        loose = 0
        for form in wanted:
            typed = form.cleaned_data["product"]
            form.found = known.get(typed) or known.get(typed.upper())
            if form.found is None:
                loose += 1
                self._search(form, typed, may_search=loose <= _WIDE_SEARCHES)

    def _keeps(self, form: LineForm) -> bool:
        """Whether a row still names the product it was saved with."""
        line = self.stored.get(form.cleaned_data.get("id") or 0)
        if line is None or not line.product_code or form.cleaned_data["product"] != line.product_code:
            return False
        form.found = line.product
        return True

    def _search(self, form: LineForm, typed: str, *, may_search: bool) -> None:
        found = find_products(typed, 5, sold_only=True) if may_search else []
        if len(found) == 1:
            form.found = found[0]
        elif not found:
            form.add_error("product", _("No product fits. Leave the code empty to write a name instead."))
        else:
            codes = ", ".join(product.code for product in found)
            form.add_error(
                "product",
                forms.ValidationError(_("Several products fit. Write the code: %(codes)s"), params={"codes": codes}),
            )

    def add_fields(self, form: LineForm, index: int | None) -> None:
        super().add_fields(form, index)
        if not self.can_delete:
            return
        row = "__row__" if index is None else str(index + 1)
        form.fields["DELETE"].widget = QuickCheckbox(attrs={"aria-label": _label(row, gettext("Remove"))})

    def entries(self) -> list[LineEntry]:
        """What was written, as create_order and edit_order take it."""
        return [self._entry(form) for form in self.written()]

    def _entry(self, form: LineForm) -> LineEntry:
        values = form.cleaned_data
        line = self.stored.get(values.get("id") or 0)
        price, tax_rate = values["unit_price"], values["tax_rate"] or None
        changed = line is not None and form.found is not None and form.found.pk != line.product_id
        if changed and line is not None:
            # Another product in an old row: a price or rate nobody touched belonged to the old product.
            price = None if price == line.unit_price else price
            tax_rate = None if tax_rate == line.tax_rate else tax_rate
        return LineEntry(
            id=values.get("id"),
            product=form.found,
            product_name=values["product_name"] or None,
            quantity=values["quantity"],
            unit=values["unit"],
            unit_price=price,
            discount=(values["percent"] or Decimal(0)) / 100,
            tax_rate=tax_rate,
            due_on=values["due_on"],
            remarks=values["remarks"],
            why=values.get("why", ""),
        )


def faults_of(rows: OrderRows) -> list[dict[str, Any]]:
    """What the error summary says about the rows, each with the field it leads to."""
    faults: list[dict[str, Any]] = []
    if not rows.is_bound:
        return faults
    for place, form in enumerate(rows.forms, 1):
        for name, problems in form.errors.items():
            field = name if name in form.fields else "product"
            label = _label(str(place), str(form.fields["unit_price" if field == "why" else field].label))
            faults += [{"id": f"id_{form.add_prefix(field)}", "label": label, "text": text} for text in problems]
    return faults + [{"id": "rows", "label": gettext("Order lines"), "text": text} for text in rows.non_form_errors()]


def initial_rows(
    lines: Sequence[OrderLine], *, as_copy: bool = False, reasons: Mapping[int, str] | None = None
) -> list[dict[str, Any]]:
    """Stored rows as the form shows them; a copy is a new row that is priced anew where it has a product.

    ``reasons`` is why rows are right that were asked about, by their position.
    """
    return [
        {
            "id": None if as_copy else line.pk,
            "product": "" if as_copy and not line.product_id else line.product_code,
            "product_name": line.product_name,
            "quantity": plain_value(line.quantity),
            "unit": line.unit,
            "unit_price": "" if as_copy and line.product_id else plain_value(line.unit_price),
            "percent": plain_value(line.discount * 100) if line.discount else "",
            "tax_rate": line.tax_rate,
            "due_on": None if as_copy else line.due_on,
            "remarks": line.remarks,
            "why": (reasons or {}).get(line.position, ""),
        }
        for line in lines
    ]
