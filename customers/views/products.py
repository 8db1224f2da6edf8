"""Products: list, page, form, history; price lists and prices."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from customers.actions.products import (
    change_product,
    create_product,
    save_price_list,
    set_customer_prices,
    set_listed_steps,
)
from customers.errors import CustomerError
from customers.forms.product import PriceListForm, ProductForm, StepFormSet
from customers.history import product_entries
from customers.listings import products
from customers.models import Customer, PriceList, Product
from customers.searching import find_customers
from customers.views.pages import Crumb, FormPage, saved_form, visible_customer
from salesops.listing.neighbours import neighbours
from salesops.listing.views import list_page
from salesops.web.access import PersonRequest, require
from salesops.web.toasts import toast
from staff.roles import Permission

HISTORY_ROWS = 200


@require_safe
def product_list(request: PersonRequest) -> HttpResponse:
    """All products."""
    return list_page(request, products)


@require_safe
@require(Permission.SEE_PRODUCTS)
def product_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything about one product on a page."""
    product = get_object_or_404(Product.objects.select_related("substitute", "updated_by"), pk=pk)
    visible = {"customer__in": Customer.objects.visible_to(request.user)}
    own_prices = product.customer_prices.filter(**visible).select_related("customer")
    context = {
        "product": product,
        "listed": product.listed_prices.select_related("price_list").order_by("price_list__name", "from_quantity"),
        "own_prices": own_prices.order_by("customer__name", "from_quantity")[:50],
        "part_numbers": product.customer_part_numbers.filter(**visible).select_related("customer")[:50],
        "price_lists": PriceList.objects.filter(is_active=True),
        "entries": product_entries(product.events.select_related("by")[:15], hidden=_hidden(request)),
        "may_edit": request.user.may(Permission.EDIT_PRODUCTS),
        "may_see_floor": request.user.may(Permission.SEE_FLOOR_PRICE),
        "walk": neighbours(products, request.user, request.GET.get("from", ""), product.pk),
    }
    return render(request, "customers/product_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_PRODUCTS)
def product_create(request: PersonRequest) -> HttpResponse:
    """A new product."""
    form = ProductForm(request.POST if request.method == "POST" else None)
    page = FormPage(_("New product"), (_crumb(),), reverse("products:list"), _("Save product"))

    def save() -> Product:
        return create_product(by=request.user, **form.values())

    return saved_form(request, form, page, save, done=_("The product is saved."), to=_detail)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_PRODUCTS)
def product_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a product."""
    product = get_object_or_404(Product, pk=pk)
    code = product.code
    form = ProductForm(
        request.POST if request.method == "POST" else None, instance=product, initial={"version": product.version}
    )

    def save() -> Product:
        version = form.cleaned_data.get("version") or 0
        return change_product(by=request.user, product_id=pk, version=version, **form.values())

    own = _detail(product)
    page = FormPage(_("Change %(name)s") % {"name": code}, (_crumb(), Crumb(code, own)), own, _("Save changes"))
    return saved_form(request, form, page, save, done=_("The product is saved."), to=_detail)


@require_safe
@require(Permission.SEE_PRODUCTS)
def product_history(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything that was ever saved about a product, newest first."""
    product = get_object_or_404(Product, pk=pk)
    events = product.events.select_related("by")[:HISTORY_ROWS]
    entries = product_entries(events, in_full=True, hidden=_hidden(request))
    return render(
        request, "customers/product_history.html", {"product": product, "entries": entries, "most": HISTORY_ROWS}
    )


@require_safe
@require(Permission.EDIT_PRODUCTS)
def price_lists(request: PersonRequest) -> HttpResponse:
    """All price lists."""
    return render(request, "customers/price_lists.html", {"price_lists": PriceList.objects.all()})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_PRODUCTS)
def price_list_form(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """Make or change a price list."""
    price_list = get_object_or_404(PriceList, pk=pk) if pk else None
    title = _("Change price list") if price_list else _("New price list")
    form = PriceListForm(request.POST if request.method == "POST" else None, instance=price_list)
    back = reverse("products:price_lists")
    page = FormPage(title, (_crumb(), Crumb(_("Price lists"), back)), back, _("Save"))

    def save() -> PriceList:
        return save_price_list(by=request.user, price_list_id=pk, **form.values())

    return saved_form(request, form, page, save, done=_("The price list is saved."), to=lambda _saved: back)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_PRODUCTS)
def listed_steps(request: PersonRequest, pk: int, list_pk: int) -> HttpResponse:
    """The steps of one product in one price list."""
    product = get_object_or_404(Product, pk=pk)
    price_list = get_object_or_404(PriceList, pk=list_pk)
    rows = product.listed_prices.filter(price_list=price_list)

    def save(steps: list[Any]) -> None:
        set_listed_steps(by=request.user, price_list_id=list_pk, product_id=pk, steps=steps)

    return _steps_page(request, product, rows, price_list.name, price_list.currency, save)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.EDIT_PRODUCTS)
def customer_steps(request: PersonRequest, pk: int, customer_pk: int) -> HttpResponse:
    """The prices agreed with one customer for one product."""
    product = get_object_or_404(Product, pk=pk)
    customer = visible_customer(request, customer_pk)
    rows = product.customer_prices.filter(customer=customer)

    def save(steps: list[Any]) -> None:
        set_customer_prices(by=request.user, customer_id=customer_pk, product_id=pk, steps=steps)

    return _steps_page(request, product, rows, customer.name, customer.currency, save)


@require_safe
@require(Permission.EDIT_PRODUCTS)
def customer_pick(request: PersonRequest, pk: int) -> HttpResponse:
    """Go to the prices of the customer with this code."""
    typed = request.GET.get("code", "").strip()[:60].replace("\0", "")
    found = find_customers(request.user, typed, 2)
    exact = [one for one in found if one.code.casefold() == typed.casefold()] or found
    if len(exact) != 1:
        toast(request, _("Type the code of one customer; %(code)s is none.") % {"code": typed or "—"}, tone="warn")
        return redirect("products:detail", pk=pk)
    return redirect("products:customer_steps", pk=pk, customer_pk=exact[0].pk)


def _steps_page(
    request: PersonRequest, product: Product, rows: Any, whose: str, currency: str, save: Any
) -> HttpResponse:
    initial = list(
        rows.order_by("from_quantity", "valid_from").values("from_quantity", "price", "valid_from", "valid_to")
    )
    # Typed rows are never compared with stored ones: an unchanged row still counts.
    formset = StepFormSet(request.POST) if request.method == "POST" else StepFormSet(initial=initial)
    refusal, status = "", 200
    if request.method == "POST":
        status = 422
        if formset.is_valid():
            try:
                save([step for form in formset if (step := form.step())])
            except CustomerError as error:
                refusal = str(error)
            else:
                toast(request, _("The prices are saved."))
                return redirect("products:detail", pk=product.pk)
    context = {"product": product, "formset": formset, "whose": whose, "currency": currency, "refusal": refusal}
    return render(request, "customers/steps.html", context, status=status)


def _hidden(request: PersonRequest) -> frozenset[str]:
    return frozenset() if request.user.may(Permission.SEE_FLOOR_PRICE) else frozenset({"floor_price"})


def _crumb() -> Crumb:
    return Crumb(_("Products"), reverse("products:list"))


def _detail(product: Product) -> str:
    return reverse("products:detail", args=[product.pk])
