"""Addresses of amendments, inside those of orders."""

from django.urls import path

from orders.views import amendments

urlpatterns = [
    path("amendments/", amendments.amendment_list, name="amendments"),
    path("amendments/<int:pk>/", amendments.amendment, name="amendment"),
    path("amendments/<int:pk>/submit/", amendments.submit, name="amendment_submit"),
    path("amendments/<int:pk>/drop/", amendments.drop, name="amendment_drop"),
    path("amendments/<int:pk>/decide/", amendments.decide, name="amendment_decide"),
    path("amendments/<int:pk>/link/", amendments.link, name="amendment_link_make"),
    path("<int:pk>/amend/", amendments.amend, name="amend"),
]
