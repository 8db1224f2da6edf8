"""What customers and products add to the shell: ways, deeds for the search box, places to look."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.listings import SEE_CUSTOMERS
from customers.searching import find_customers, find_products
from salesops.web.navigation import Command, NavItem, register_command, register_item
from salesops.web.searching import Hit, Source, register_source
from staff.roles import Permission


def customer_hits(person: Any, text: str, limit: int) -> list[Hit]:
    """Customers by name, initials, code, tail of tax number or phone."""
    return [
        Hit(
            one.name,
            " · ".join(filter(None, (one.code, one.short_name, one.city, str(one.salesperson or "")))),
            reverse("customers:detail", args=[one.pk]),
            "building-store",
        )
        for one in find_customers(person, text, limit)
    ]


def product_hits(person: Any, text: str, limit: int) -> list[Hit]:
    """Products by code, name, initials or barcode."""
    if not person.may(Permission.SEE_PRODUCTS):
        return []
    return [
        Hit(
            f"{one.code} {one.name}",
            " · ".join(filter(None, (one.spec, one.unit))),
            reverse("products:detail", args=[one.pk]),
            "package",
        )
        for one in find_products(text, limit)
    ]


def register_shell() -> None:
    """Called once when the apps are ready."""
    register_item(NavItem("customers", _("Customers"), "customers:list", "building-store", SEE_CUSTOMERS, order=10))
    register_item(NavItem("customers", _("Products"), "products:list", "package", Permission.SEE_PRODUCTS, order=20))
    register_command(
        Command(_("New customer"), "customers:create", "plus", Permission.EDIT_CUSTOMERS, "xkh xinkehu add customer")
    )
    register_command(
        Command(_("New product"), "products:create", "plus", Permission.EDIT_PRODUCTS, "xcp xinchanpin add product sku")
    )
    register_command(
        Command(_("Price lists"), "products:price_lists", "tag", Permission.EDIT_PRODUCTS, "jmb jgb prices")
    )
    register_source(Source("customers", _("Customers"), customer_hits, order=20))
    register_source(Source("products", _("Products"), product_hits, order=30))


register_shell()
