"""Forms of a customer's parts: contacts, addresses, invoice profiles, part numbers."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customers.actions.parts import (
    check_invoice_profile,
    remove_address,
    save_address,
    save_contact,
    save_invoice_profile,
)
from customers.actions.products import remove_part_number, save_part_number
from customers.forms.parts import AddressForm, ContactForm, InvoiceProfileForm, PartNumberForm
from customers.models import Customer
from customers.views.pages import Crumb, FormPage, saved_form, visible_customer
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_CUSTOMERS)
def contact_form(request: PersonRequest, pk: int, part_id: int | None = None) -> HttpResponse:
    """Add or change a contact."""
    customer = visible_customer(request, pk)
    contact = get_object_or_404(customer.contacts, pk=part_id) if part_id else None
    form = ContactForm(request.POST if request.method == "POST" else None, instance=contact, customer=customer)

    def save() -> Any:
        return save_contact(by=request.user, customer_id=pk, contact_id=part_id, **form.values())

    title = _("Change contact") if contact else _("New contact")
    return saved_form(request, form, _page(customer, title), save, done=_("The contact is saved."), to=_to(customer))


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_CUSTOMERS)
def address_form(request: PersonRequest, pk: int, part_id: int | None = None) -> HttpResponse:
    """Add or change a delivery address."""
    customer = visible_customer(request, pk)
    address = get_object_or_404(customer.addresses, pk=part_id) if part_id else None
    form = AddressForm(request.POST if request.method == "POST" else None, instance=address, customer=customer)

    def save() -> Any:
        return save_address(by=request.user, customer_id=pk, address_id=part_id, **form.values())

    title = _("Change delivery address") if address else _("New delivery address")
    return saved_form(request, form, _page(customer, title), save, done=_("The address is saved."), to=_to(customer))


@require_POST
@require(Permission.EDIT_CUSTOMERS)
def address_remove(request: PersonRequest, pk: int, part_id: int) -> HttpResponse:
    """Take a delivery address away."""
    customer = visible_customer(request, pk)
    get_object_or_404(customer.addresses, pk=part_id)
    remove_address(by=request.user, customer_id=pk, address_id=part_id)
    toast(request, _("The address is removed."))
    return redirect("customers:detail", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_CUSTOMERS)
def profile_form(request: PersonRequest, pk: int, part_id: int | None = None) -> HttpResponse:
    """Add an invoice profile or write its next version."""
    customer = visible_customer(request, pk)
    profile = get_object_or_404(customer.invoice_profiles, pk=part_id) if part_id else None
    line = profile.line if profile else None
    initial = {} if profile else {"title": customer.name, "tax_number": customer.tax_number}
    form = InvoiceProfileForm(
        request.POST if request.method == "POST" else None, instance=profile, customer=customer, initial=initial
    )

    def save() -> Any:
        base = form.cleaned_data.get("base_version")
        return save_invoice_profile(by=request.user, customer_id=pk, line=line, base_version=base, **form.values())

    title = _("Change invoice profile") if profile else _("New invoice profile")
    text = _("Saving makes a new version. Orders and invoices keep the version they were made with.") if profile else ""
    return saved_form(
        request,
        form,
        _page(customer, title, text),
        save,
        done=_("The invoice profile is saved."),
        to=_to(customer),
        version_field="base_version",
    )


@require_POST
@require(Permission.EDIT_CUSTOMERS)
def profile_check(request: PersonRequest, pk: int, part_id: int) -> HttpResponse:
    """Say that a profile was checked, or came back as wrong."""
    customer = visible_customer(request, pk)
    profile = get_object_or_404(customer.invoice_profiles, pk=part_id, is_current=True)
    state = request.POST.get("state", "")
    if state in profile.Check.values:
        check_invoice_profile(by=request.user, customer_id=pk, profile_id=part_id, state=state)
        toast(request, _("Written down."))
    return redirect("customers:detail", pk=customer.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_CUSTOMERS)
def part_number_form(request: PersonRequest, pk: int, part_id: int | None = None) -> HttpResponse:
    """Add or change what the customer calls a product."""
    customer = visible_customer(request, pk)
    part = get_object_or_404(customer.part_numbers.select_related("product"), pk=part_id) if part_id else None
    form = PartNumberForm(request.POST if request.method == "POST" else None, instance=part, customer=customer)

    def save() -> Any:
        return save_part_number(by=request.user, customer_id=pk, part_id=part_id, **form.values())

    title = _("Change part number") if part else _("New part number")
    return saved_form(
        request, form, _page(customer, title), save, done=_("The part number is saved."), to=_to(customer)
    )


@require_POST
@require(Permission.EDIT_CUSTOMERS)
def part_number_remove(request: PersonRequest, pk: int, part_id: int) -> HttpResponse:
    """The customer no longer uses this number."""
    customer = visible_customer(request, pk)
    get_object_or_404(customer.part_numbers, pk=part_id)
    remove_part_number(by=request.user, customer_id=pk, part_id=part_id)
    toast(request, _("The part number is removed."))
    return redirect("customers:detail", pk=pk)


def _page(customer: Customer, title: str, text: str = "") -> FormPage:
    own = reverse("customers:detail", args=[customer.pk])
    crumbs = (Crumb(_("Customers"), reverse("customers:list")), Crumb(customer.name, own))
    return FormPage(title, crumbs, own, _("Save"), text)


def _to(customer: Customer) -> Any:
    return lambda _saved: reverse("customers:detail", args=[customer.pk])
