"""The customer: list, page, form, history, and the checks while one types."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from customers.actions.customers import change_customer, create_customer
from customers.forms.customer import CustomerForm, NoteForm, PeopleForm
from customers.history import customer_entries
from customers.listings import SEE_CUSTOMERS, customers
from customers.models import Customer
from customers.queries import likenesses
from customers.validation import check_phone, check_tax_number, normalise_tax_number
from customers.views.pages import Crumb, FormPage, saved_form, visible_customer
from salesops.listing.neighbours import neighbours
from salesops.listing.views import list_page
from salesops.web.access import PersonRequest, require
from staff.roles import Permission

HISTORY_ROWS = 200


@require_safe
def customer_list(request: PersonRequest) -> HttpResponse:
    """Customers the person may see."""
    return list_page(request, customers)


@require_safe
@require(*SEE_CUSTOMERS)
def customer_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything about one customer on a page."""
    return detail_page(request, visible_customer(request, pk))


def detail_page(
    request: PersonRequest,
    customer: Customer,
    *,
    shown: str = "",
    note_form: NoteForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The customer's page; ``shown`` names the one part that stands unmasked ("contact-5")."""
    profiles = list(customer.invoice_profiles.select_related("created_by"))
    return render(
        request,
        "customers/detail.html",
        {
            "customer": customer,
            "contacts": customer.contacts.all(),
            "addresses": customer.addresses.all(),
            "profiles": [one for one in profiles if one.is_current],
            "older_profiles": [one for one in profiles if not one.is_current],
            "part_numbers": customer.part_numbers.select_related("product").order_by("number")[:50],
            "own_prices": customer.own_prices.select_related("product").order_by("product__code", "from_quantity")[:50],
            "entries": customer_entries(customer.events.select_related("by")[:15]),
            "likenesses": likenesses(
                request.user, name=customer.name, tax_number=customer.tax_number, except_id=customer.pk
            ),
            "tax_problems": check_tax_number(customer.tax_number_kind, customer.tax_number),
            "shown": shown,
            "note_form": note_form or NoteForm(),
            "may_edit": request.user.may(Permission.EDIT_CUSTOMERS),
            "may_unmask": request.user.may(Permission.UNMASK_CONTACTS),
            "walk": neighbours(customers, request.user, request.GET.get("from", ""), customer.pk),
        },
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_CUSTOMERS)
def customer_create(request: PersonRequest) -> HttpResponse:
    """A new customer with its people."""
    form = CustomerForm(request.POST if request.method == "POST" else None, check_url=reverse("customers:check"))
    people = PeopleForm(
        request.POST if request.method == "POST" else None,
        by=request.user,
        prefix="people",
        initial={"team": request.user.team, "clerk": request.user},
    )
    if request.method == "POST" and not people.is_valid():
        form.add_error(None, _("Choose the people again."))

    def save() -> Customer:
        return create_customer(by=request.user, **(people.values() | form.values()))

    page = FormPage(_("New customer"), (_crumb(),), reverse("customers:list"), _("Save customer"))
    return saved_form(
        request,
        form,
        page,
        save,
        done=_("The customer is saved."),
        to=_detail,
        context=_looks(request, form) | {"people": people},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_CUSTOMERS)
def customer_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a customer; somebody else's save in between is shown field by field."""
    customer = visible_customer(request, pk)
    form = CustomerForm(
        request.POST if request.method == "POST" else None,
        instance=customer,
        initial={"version": customer.version},
        check_url=reverse("customers:check") + f"?except={customer.pk}",
    )
    name = customer.name

    def save() -> Customer:
        version = form.cleaned_data.get("version") or 0
        return change_customer(by=request.user, customer_id=customer.pk, version=version, **form.values())

    own = reverse("customers:detail", args=[customer.pk])
    page = FormPage(_("Change %(name)s") % {"name": name}, (_crumb(), Crumb(name, own)), own, _("Save changes"))
    return saved_form(
        request,
        form,
        page,
        save,
        done=_("The customer is saved."),
        to=_detail,
        context=_looks(request, form, customer.pk),
    )


@require_safe
@require(*SEE_CUSTOMERS)
def customer_history(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything that was ever saved about a customer, newest first."""
    customer = visible_customer(request, pk)
    events = customer.events.select_related("by")[:HISTORY_ROWS]
    context = {"customer": customer, "entries": customer_entries(events, in_full=True), "most": HISTORY_ROWS}
    return render(request, "customers/history.html", context)


@require_safe
@require(Permission.EDIT_CUSTOMERS)
def customer_check(request: PersonRequest) -> HttpResponse:
    """What is odd about the tax number and phone typed so far, and who looks the same; a fragment for the form."""
    typed = {name: request.GET.get(name, "")[:300].replace("\0", "") for name in ("name", "tax_number", "phone")}
    except_id = request.GET.get("except", "")
    kind = request.GET.get("tax_number_kind", "")
    number = normalise_tax_number(typed["tax_number"])
    if kind in {"", "none"}:
        kind = "uscc" if len(number) == 18 else "none"
    context = {
        "likenesses": likenesses(
            request.user,
            **typed,
            except_id=int(except_id) if except_id.isascii() and except_id[:18].isdigit() else None,
        ),
        "problems": [
            *(check_tax_number(kind, number) if number else []),
            *check_phone(typed["phone"], foreign=request.GET.get("kind") == Customer.Kind.FOREIGN),
        ],
        "is_right": bool(number) and kind == "uscc" and not check_tax_number(kind, number),
    }
    return render(request, "customers/_check.html", context)


def _looks(request: PersonRequest, form: CustomerForm, except_id: int | None = None) -> dict[str, Any]:
    """For a form that came back: what the live check would have said."""
    if not form.is_bound:
        return {}
    typed = {name: str(form.data.get(name, ""))[:300].replace("\0", "") for name in ("name", "tax_number", "phone")}
    kind = str(form.data.get("tax_number_kind", ""))
    problems = check_tax_number(kind, typed["tax_number"]) if typed["tax_number"] else []
    return {
        "likenesses": likenesses(request.user, **typed, except_id=except_id),
        "problems": [one for one in problems if one.suggestions or one.level != "error"],
        "only_suggestions": True,
    }


def _crumb() -> Crumb:
    return Crumb(_("Customers"), reverse("customers:list"))


def _detail(customer: Customer) -> str:
    return reverse("customers:detail", args=[customer.pk])
