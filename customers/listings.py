"""The lists of customers and of products."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Product, TaxRate
from customers.searching import customer_ids_matching, product_ids_matching
from salesops.listing.listing import (
    BuiltInView,
    Choice,
    ChoiceFilter,
    Column,
    DateFilter,
    Drawn,
    EmptyState,
    FlagFilter,
    Listing,
    Moment,
    PageDeed,
    PersonFilter,
    Price,
    Quantity,
    Reader,
    Row,
    Text,
    TextFilter,
    register_listing,
)
from staff.roles import Permission

MOST_FOUND = 2000  # a search that finds more than this is no search


def _matching_customers(rows: QuerySet[Any], text: str, reader: Reader) -> QuerySet[Any]:
    return rows.filter(pk__in=customer_ids_matching(text, MOST_FOUND))


def _matching_products(rows: QuerySet[Any], text: str, reader: Reader) -> QuerySet[Any]:
    return rows.filter(pk__in=product_ids_matching(text, MOST_FOUND))


def _state(row: Row, reader: Reader) -> str:
    if row["is_blocked"]:
        return format_html('<span class="wb-tag wb-tag--bad">{}</span>', _("Blocked"))
    if not row["is_active"]:
        return format_html('<span class="wb-tag">{}</span>', _("Inactive"))
    return format_html('<span class="wb-tag wb-tag--ok">{}</span>', _("Active"))


def _state_words(row: Row, reader: Reader) -> str:
    return str(_("Blocked") if row["is_blocked"] else _("Active") if row["is_active"] else _("Inactive"))


def _product_state(row: Row, reader: Reader) -> str:
    if row["is_discontinued"]:
        return format_html('<span class="wb-tag wb-tag--bad">{}</span>', _("Discontinued"))
    return format_html('<span class="wb-tag wb-tag--ok">{}</span>', _("On sale"))


def _product_state_words(row: Row, reader: Reader) -> str:
    return str(_("Discontinued") if row["is_discontinued"] else _("On sale"))


SEE_CUSTOMERS = (Permission.SEE_ALL_CUSTOMERS, Permission.SEE_TEAM_CUSTOMERS, Permission.SEE_OWN_CUSTOMERS)

customers = register_listing(
    Listing(
        name="customers",
        title=_("Customers"),
        url_name="customers:list",
        rows=Customer.objects.visible_to,
        columns=(
            Column("name", _("Customer"), Text("name"), sort="name", is_key=True, phone="first"),
            Column("code", _("Code"), Text("code"), css="code", phone="line"),
            Column("level", _("Level"), Text("level")),
            Column("kind", _("Kind"), Choice("kind", dict(Customer.Kind.choices)), is_default=False),
            Column("short_name", _("Short name"), Text("short_name"), is_default=False),
            Column("tax_number", _("Tax number"), Text("tax_number"), css="code"),
            Column("region", _("Region"), Text("region"), is_default=False),
            Column("city", _("City"), Text("city"), phone="line"),
            Column("group", _("Group"), Text("group"), is_default=False),
            Column("salesperson", _("Salesperson"), Text("salesperson__display_name")),
            Column("clerk", _("Clerk"), Text("clerk__display_name")),
            Column("team", _("Team"), Text("team__name"), is_default=False),
            Column("payment_terms", _("Payment terms"), Choice("payment_terms", dict(Customer.PaymentTerms.choices))),
            Column("currency", _("Currency"), Text("currency"), is_default=False),
            Column("state", _("State"), Drawn(("is_blocked", "is_active"), _state, _state_words), phone="right"),
            Column("changed", _("Changed"), Moment("updated_at"), sort="updated_at"),
        ),
        permissions=SEE_CUSTOMERS,
        record_url_name="customers:detail",
        edit_url_name="customers:edit",
        edit_permission=Permission.EDIT_CUSTOMERS,
        filters=(
            TextFilter("q", _("Search"), _matching_customers),
            ChoiceFilter("level", _("Level"), "level", dict(Customer.Level.choices)),
            ChoiceFilter("kind", _("Kind"), "kind", dict(Customer.Kind.choices)),
            ChoiceFilter("terms", _("Payment terms"), "payment_terms", dict(Customer.PaymentTerms.choices)),
            PersonFilter("salesperson", _("Salesperson"), "salesperson"),
            PersonFilter("clerk", _("Clerk"), "clerk"),
            FlagFilter("blocked", _("Blocked"), "is_blocked"),
            FlagFilter("active", _("Active"), "is_active"),
            DateFilter("changed", _("Changed"), "updated_at"),
        ),
        views=(
            BuiltInView("all", _("All")),
            BuiltInView("mine", _("Mine"), lambda rows, reader: rows.filter(clerk_id=reader.person.pk)),
            BuiltInView("recent", _("Recently changed"), sort="-changed"),
            BuiltInView("blocked", _("Blocked"), lambda rows, reader: rows.filter(is_blocked=True), is_warning=True),
        ),
        default_view="all",
        default_sort="name",
        page_deeds=(
            PageDeed(
                _("New customer"), "customers:create", Permission.EDIT_CUSTOMERS, icon="plus", key="n", is_main=True
            ),
        ),
        empty=EmptyState(
            _("No customers yet"),
            _("Everybody you sell to, with addresses, contacts, invoice profiles. Type one in, or bring in a sheet."),
            icon="building-store",
        ),
        search_hint=_("Name, pinyin initials, code, tail of tax number or phone"),
    )
)

products = register_listing(
    Listing(
        name="products",
        title=_("Products"),
        url_name="products:list",
        rows=lambda person: Product.objects.all() if person.may(Permission.SEE_PRODUCTS) else Product.objects.none(),
        columns=(
            Column("code", _("Code"), Text("code"), sort="code", is_key=True, phone="first", css="code"),
            Column("name", _("Product name"), Text("name"), sort="name", phone="line"),
            Column("spec", _("Specification"), Text("spec"), phone="line"),
            Column("category", _("Category"), Text("category")),
            Column("unit", _("Unit"), Text("unit")),
            Column("pack_size", _("Pack size"), Quantity("pack_size"), is_numeric=True),
            Column("minimum", _("Minimum order"), Quantity("minimum_quantity"), is_numeric=True, is_default=False),
            Column("list_price", _("List price"), Price("list_price"), is_numeric=True),
            Column("tax_rate", _("Tax rate"), Choice("tax_rate", dict(TaxRate.choices))),
            Column("barcode", _("Barcode"), Text("barcode"), is_default=False, css="code"),
            Column(
                "state", _("State"), Drawn(("is_discontinued",), _product_state, _product_state_words), phone="right"
            ),
            Column("changed", _("Changed"), Moment("updated_at"), is_default=False),
        ),
        permissions=(Permission.SEE_PRODUCTS,),
        record_url_name="products:detail",
        edit_url_name="products:edit",
        edit_permission=Permission.EDIT_PRODUCTS,
        filters=(
            TextFilter("q", _("Search"), _matching_products),
            ChoiceFilter("tax", _("Tax rate"), "tax_rate", dict(TaxRate.choices)),
            FlagFilter("discontinued", _("Discontinued"), "is_discontinued"),
        ),
        views=(
            BuiltInView("all", _("All")),
            BuiltInView("sold", _("On sale"), lambda rows, reader: rows.filter(is_discontinued=False)),
            BuiltInView("discontinued", _("Discontinued"), lambda rows, reader: rows.filter(is_discontinued=True)),
        ),
        default_view="all",
        default_sort="code",
        page_deeds=(
            PageDeed(_("Price lists"), "products:price_lists", Permission.EDIT_PRODUCTS, icon="tag"),
            PageDeed(_("New product"), "products:create", Permission.EDIT_PRODUCTS, icon="plus", key="n", is_main=True),
        ),
        empty=EmptyState(
            _("No products yet"),
            _("What can stand on an order line, with its prices. Type one in, or bring in a sheet."),
            icon="package",
        ),
        search_hint=_("Code, name, pinyin initials or barcode"),
    )
)
