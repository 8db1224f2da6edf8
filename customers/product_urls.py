"""Addresses of products and price lists."""

from django.urls import path

from customers.views import products

app_name = "products"
urlpatterns = [
    path("", products.product_list, name="list"),
    path("new/", products.product_create, name="create"),
    path("price-lists/", products.price_lists, name="price_lists"),
    path("price-lists/new/", products.price_list_form, name="price_list_create"),
    path("price-lists/<int:pk>/", products.price_list_form, name="price_list_edit"),
    path("<int:pk>/", products.product_detail, name="detail"),
    path("<int:pk>/edit/", products.product_edit, name="edit"),
    path("<int:pk>/history/", products.product_history, name="history"),
    path("<int:pk>/prices/<int:list_pk>/", products.listed_steps, name="listed_steps"),
    path("<int:pk>/customer-prices/", products.customer_pick, name="customer_pick"),
    path("<int:pk>/customer-prices/<int:customer_pk>/", products.customer_steps, name="customer_steps"),
]
