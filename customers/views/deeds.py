"""Small deeds on a customer: block, assign, note, verify, show a number in full."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customers.actions.customers import (
    add_note,
    assign_customer,
    block_customer,
    unblock_customer,
    verify_customer,
)
from customers.forms.customer import NoteForm, PeopleForm, ReasonForm
from customers.models import Customer
from customers.views.customers import detail_page
from customers.views.pages import Crumb, FormPage, saved_form, visible_customer
from salesops.audit.deeds import Deed
from salesops.audit.trail import record
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission

PARTS = {"contact": "contacts", "address": "addresses", "profile": "invoice_profiles"}


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_CUSTOMERS)
def customer_block(request: PersonRequest, pk: int) -> HttpResponse:
    """Stop selling to a customer, or sell again; both with a reason."""
    customer = visible_customer(request, pk)
    blocked = customer.is_blocked
    title = _("Unblock %(name)s") if blocked else _("Block %(name)s")
    page = _page(
        customer,
        title % {"name": customer.name},
        _("Unblock") if blocked else _("Block"),
        text=""
        if blocked
        else _("Nobody can enter orders for a blocked customer. Orders that exist stay as they are."),
        danger=not blocked,
    )
    form = ReasonForm(request.POST if request.method == "POST" else None)
    deed = unblock_customer if blocked else block_customer

    def save() -> Customer:
        return deed(by=request.user, customer_id=customer.pk, reason=form.cleaned_data["reason"])

    done = _("The customer can buy again.") if blocked else _("The customer is blocked.")
    return saved_form(request, form, page, save, done=done, to=_detail)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_CUSTOMERS)
def customer_assign(request: PersonRequest, pk: int) -> HttpResponse:
    """Hand a customer to other people."""
    customer = visible_customer(request, pk)
    form = PeopleForm(request.POST if request.method == "POST" else None, instance=customer, by=request.user)
    page = _page(customer, _("Assign %(name)s") % {"name": customer.name}, _("Assign"))

    def save() -> Customer:
        return assign_customer(by=request.user, customer_id=customer.pk, **form.values())

    def after(saved: Customer) -> str:
        # Whoever handed it to another team may not see it any more.
        still_visible = Customer.objects.visible_to(request.user).filter(pk=saved.pk).exists()
        return _detail(saved) if still_visible else reverse("customers:list")

    return saved_form(request, form, page, save, done=_("The customer is assigned."), to=after)


@require_POST
@require(Permission.EDIT_CUSTOMERS)
def customer_note(request: PersonRequest, pk: int) -> HttpResponse:
    """Write a note into the diary."""
    customer = visible_customer(request, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return detail_page(request, customer, note_form=form, status=422)
    add_note(by=request.user, customer_id=customer.pk, text=form.cleaned_data["text"])
    toast(request, _("Noted."))
    return redirect("customers:detail", pk=customer.pk)


@require_POST
@require(Permission.EDIT_CUSTOMERS)
def customer_verify(request: PersonRequest, pk: int) -> HttpResponse:
    """The record was compared with its evidence today."""
    customer = visible_customer(request, pk)
    verify_customer(by=request.user, customer_id=customer.pk)
    toast(request, _("Verified today."))
    return redirect("customers:detail", pk=customer.pk)


@require_POST
@require(Permission.UNMASK_CONTACTS)
def part_unmask(request: PersonRequest, pk: int, part: str, part_id: int) -> HttpResponse:
    """Show the numbers of one contact, address or invoice profile in full, and write down who looked."""
    customer = visible_customer(request, pk)
    if part == "customer":
        if part_id != customer.pk:
            raise Http404
    elif part not in PARTS or not getattr(customer, PARTS[part]).filter(pk=part_id).exists():
        raise Http404
    record(by=request.user, deed=Deed.UNMASKED, about=customer.code, values={"part": part, "id": part_id})
    shown = f"{part}-{part_id}"
    if not request.htmx or part == "customer":
        return detail_page(request, customer, shown=shown)
    rows = getattr(customer, PARTS[part])
    rows = rows.filter(is_current=True) if part == "profile" else rows.all()
    context = {
        "customer": customer,
        PARTS[part] if part != "profile" else "profiles": rows,
        "shown": shown,
        "may_edit": request.user.may(Permission.EDIT_CUSTOMERS),
        "may_unmask": True,
    }
    return render(request, f"customers/_{PARTS[part]}.html", context)


def _page(customer: Customer, title: str, deed: str, *, text: str = "", danger: bool = False) -> FormPage:
    crumbs = (Crumb(_("Customers"), reverse("customers:list")), Crumb(customer.name, _detail(customer)))
    return FormPage(title, crumbs, _detail(customer), deed, text, danger)


def _detail(customer: Customer) -> str:
    return reverse("customers:detail", args=[customer.pk])
