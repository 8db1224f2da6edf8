"""Addresses of the error ledger and of amendments, inside those of orders."""

from django.urls import path

from orders.views import amendments, errors

urlpatterns = [
    path("amendments/", amendments.amendment_list, name="amendments"),
    path("amendments/<int:pk>/", amendments.amendment, name="amendment"),
    path("amendments/<int:pk>/submit/", amendments.submit, name="amendment_submit"),
    path("amendments/<int:pk>/drop/", amendments.drop, name="amendment_drop"),
    path("amendments/<int:pk>/decide/", amendments.decide, name="amendment_decide"),
    path("amendments/<int:pk>/link/", amendments.link, name="amendment_link_make"),
    path("<int:pk>/amend/", amendments.amend, name="amend"),
    path("errors/", errors.error_list, name="errors"),
    path("errors/mine/", errors.own_errors, name="my_errors"),
    path("errors/figures/", errors.figures, name="error_figures"),
    path("errors/<int:pk>/", errors.error, name="error"),
    path("errors/<int:pk>/judge/", errors.judge, name="error_judge"),
    path("errors/<int:pk>/dispute/", errors.dispute, name="error_dispute"),
    path("errors/<int:pk>/rule/", errors.rule, name="error_rule"),
]
