"""Addresses of customers."""

from django.urls import path

from customers.views import customers, deeds, parts

app_name = "customers"
urlpatterns = [
    path("", customers.customer_list, name="list"),
    path("new/", customers.customer_create, name="create"),
    path("check/", customers.customer_check, name="check"),
    path("<int:pk>/", customers.customer_detail, name="detail"),
    path("<int:pk>/edit/", customers.customer_edit, name="edit"),
    path("<int:pk>/history/", customers.customer_history, name="history"),
    path("<int:pk>/block/", deeds.customer_block, name="block"),
    path("<int:pk>/assign/", deeds.customer_assign, name="assign"),
    path("<int:pk>/note/", deeds.customer_note, name="note"),
    path("<int:pk>/verify/", deeds.customer_verify, name="verify"),
    path("<int:pk>/show/<slug:part>/<int:part_id>/", deeds.part_unmask, name="unmask"),
    path("<int:pk>/contacts/new/", parts.contact_form, name="contact_create"),
    path("<int:pk>/contacts/<int:part_id>/", parts.contact_form, name="contact_edit"),
    path("<int:pk>/addresses/new/", parts.address_form, name="address_create"),
    path("<int:pk>/addresses/<int:part_id>/", parts.address_form, name="address_edit"),
    path("<int:pk>/addresses/<int:part_id>/remove/", parts.address_remove, name="address_remove"),
    path("<int:pk>/invoice-profiles/new/", parts.profile_form, name="profile_create"),
    path("<int:pk>/invoice-profiles/<int:part_id>/", parts.profile_form, name="profile_edit"),
    path("<int:pk>/invoice-profiles/<int:part_id>/check/", parts.profile_check, name="profile_check"),
    path("<int:pk>/part-numbers/new/", parts.part_number_form, name="part_number_create"),
    path("<int:pk>/part-numbers/<int:part_id>/", parts.part_number_form, name="part_number_edit"),
    path("<int:pk>/part-numbers/<int:part_id>/remove/", parts.part_number_remove, name="part_number_remove"),
]
