"""Addresses of the entry page and of what it asks, inside those of orders."""

from django.urls import path

from orders.views import entry, entry_asks, entry_submit

urlpatterns = [
    path("entry/", entry.entry, name="entry"),
    path("entry/products/", entry_asks.entry_products, name="entry_products"),
    path("entry/customer/", entry_asks.entry_customer, name="entry_customer"),
    path("entry/last/", entry_asks.entry_last, name="entry_last"),
    path("entry/keep/", entry_asks.entry_keep, name="entry_keep"),
    path("entry/paste/", entry_asks.entry_paste, name="entry_paste"),
    path("entry/discard/", entry_asks.entry_discard, name="entry_discard"),
    path("entry/submit/", entry_submit.entry_submit, name="entry_submit"),
    path("<int:pk>/entry/", entry.entry_of, name="entry_of"),
]
