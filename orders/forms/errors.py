"""The forms of the error ledger."""

from __future__ import annotations

from django import forms

from customers.forms.fields import CleanForm
from orders.models import ErrorEvent


class JudgeForm(CleanForm, forms.ModelForm[ErrorEvent]):
    """What people add to an error: how bad, why, what it cost, what will prevent it."""

    class Meta:
        model = ErrorEvent
        fields = ("severity", "type", "cause", "cost", "cost_minutes", "is_customer_visible", "prevention")
