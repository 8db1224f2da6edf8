"""The form of an amendment: why, and the header fields that may still change; the rows are those of an order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.forms.fields import CleanForm, helper_of, section
from customers.models import InvoiceProfile
from orders.amending.rows import HEADER_AMENDABLE
from orders.forms.fields import check_year
from orders.models import Amendment, ErrorEvent, Order


class AmendForm(CleanForm, forms.ModelForm[Order]):
    """Cause and reason of the change, and the order's header."""

    folded = ("customer_po", "ship_to_phone")
    cause = forms.ChoiceField(label=_("Why it changes"), choices=[("", "—"), *Amendment.Cause.choices])
    caught_stage = forms.ChoiceField(
        label=_("Who noticed our error"),
        required=False,
        choices=[(stage.value, stage.label) for stage in ErrorEvent.CAUGHT_STAGES],
        initial=ErrorEvent.Stage.COLLEAGUE.value,
        help_text=_("Only where it changes because of our error."),
    )
    reason = forms.CharField(label=_("In words"), max_length=500)

    class Meta:
        model = Order
        fields = (
            "customer_po", "requested_on", "promised_on", "is_urgent", "ship_method", "payment_terms", "ship_to",
            "ship_to_receiver", "ship_to_phone", "invoice_profile", "printed_remarks",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("requested_on", "promised_on"):
            self.fields[name].validators.append(check_year)
        profiles = InvoiceProfile.objects.filter(customer_id=self.instance.customer_id)
        current = profiles.filter(Q(is_current=True) | Q(pk=self.instance.invoice_profile_id or 0))
        self.fields["invoice_profile"].queryset = current  # type: ignore[attr-defined]
        self.helper = helper_of(
            section(_("Why it changes"), "cause", "caught_stage", "reason"),
            section(_("Order details"), "customer_po", "requested_on", "promised_on", "is_urgent"),
            section(_("Delivery"), "ship_to", "ship_to_receiver", "ship_to_phone", "ship_method"),
            section(_("Money"), "payment_terms", "invoice_profile"),
            section(_("Remarks"), "printed_remarks"),
        )

    def header(self) -> dict[str, Any]:
        """The header as write_amendment takes it."""
        profile = self.cleaned_data.get("invoice_profile")
        values = {name: self.cleaned_data[name] for name in HEADER_AMENDABLE if name in self.cleaned_data}
        return values | {"invoice_profile_id": profile.pk if profile else None}
