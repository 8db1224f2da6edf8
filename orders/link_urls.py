"""Addresses that customers open, outside everything that needs a sign-in."""

from django.urls import path

from orders.views import customer_link

urlpatterns = [
    path("confirm/<str:secret>/", customer_link.confirm, name="amendment_link"),
]
