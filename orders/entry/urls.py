"""Addresses of the entry page and of what it asks, inside those of orders."""

from django.urls import path

from orders.views import entry

urlpatterns = [
    path("entry/", entry.entry, name="entry"),
    path("entry/products/", entry.entry_products, name="entry_products"),
    path("entry/customer/", entry.entry_customer, name="entry_customer"),
    path("entry/last/", entry.entry_last, name="entry_last"),
    path("entry/keep/", entry.entry_keep, name="entry_keep"),
    path("entry/paste/", entry.entry_paste, name="entry_paste"),
    path("entry/discard/", entry.entry_discard, name="entry_discard"),
    path("entry/submit/", entry.entry_submit, name="entry_submit"),
    path("<int:pk>/entry/", entry.entry_of, name="entry_of"),
]
