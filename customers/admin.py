"""Customers, products and price lists in the administration: by id, without counting or loading long choices."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from customers.models import Customer, PriceList, Product
from customers.searching import customer_ids_matching, product_ids_matching, write_grams, write_product_grams


class QuickAdmin(admin.ModelAdmin[Any]):
    """Pages of 50, no count of the whole table, search through the index of pairs."""

    show_full_result_count = False
    list_per_page = 50
    ids_matching: Any = None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term and self.ids_matching:
            return queryset.filter(pk__in=type(self).ids_matching(search_term, 500)), False
        return super().get_search_results(request, queryset, search_term)


@admin.register(Customer)
class CustomerAdmin(QuickAdmin):
    """Deeds belong to the pages of the product; here an administrator looks, and mends what went wrong."""

    list_display = ("code", "name", "team", "clerk", "is_active", "is_blocked")
    list_select_related = ("team", "clerk")
    list_filter = ("is_active", "is_blocked", "level")
    search_fields = ("code",)
    raw_id_fields = ("salesperson", "clerk", "deputy_clerk", "created_by", "updated_by", "batch")
    readonly_fields = ("version", "created_at", "created_by", "updated_at", "updated_by", "batch")
    ids_matching = staticmethod(customer_ids_matching)

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        obj.version += int(change)
        super().save_model(request, obj, form, change)
        write_grams([obj])

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A customer is made inactive, never deleted: orders and the diary point at it."""
        return False


@admin.register(Product)
class ProductAdmin(QuickAdmin):
    list_display = ("code", "name", "category", "list_price", "is_discontinued")
    list_filter = ("is_discontinued", "tax_rate")
    search_fields = ("code",)
    raw_id_fields = ("substitute", "created_by", "updated_by", "batch")
    readonly_fields = ("version", "created_at", "created_by", "updated_at", "updated_by", "batch")
    ids_matching = staticmethod(product_ids_matching)

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        obj.version += int(change)
        super().save_model(request, obj, form, change)
        write_product_grams([obj])

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A product is discontinued, never deleted."""
        return False


@admin.register(PriceList)
class PriceListAdmin(QuickAdmin):
    list_display = ("name", "currency", "includes_tax", "valid_from", "valid_to", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
