"""Addresses of the error ledger, inside those of orders."""

from django.urls import path

from orders.views import audits, errors

urlpatterns = [
    path("errors/", errors.error_list, name="errors"),
    path("errors/mine/", errors.own_errors, name="my_errors"),
    path("errors/figures/", errors.figures, name="error_figures"),
    path("errors/audits/", audits.audit_list, name="audits"),
    path("errors/audits/new/", audits.new, name="audit_new"),
    path("errors/audits/<int:pk>/", audits.audit, name="audit"),
    path("errors/audits/orders/<int:pk>/", audits.audited, name="audited"),
    path("errors/<int:pk>/", errors.error, name="error"),
    path("errors/<int:pk>/judge/", errors.judge, name="error_judge"),
    path("errors/<int:pk>/dispute/", errors.dispute, name="error_dispute"),
    path("errors/<int:pk>/rule/", errors.rule, name="error_rule"),
]
