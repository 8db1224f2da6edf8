"""Addresses of the deeds between receipt and close, of approvals and of their rules, inside those of orders."""

from django.urls import path

from orders.views import approvals, deeds, rules, sops

urlpatterns = [
    *[
        path(f"<int:pk>/{verb}/", deeds.deed, {"verb": verb}, name=verb)
        for verb in deeds.VERBS
    ],
    path("<int:pk>/decide/", approvals.decide_order, name="decide"),
    path("<int:pk>/deadline/", deeds.deadline, name="deadline"),
    path("withdraw-releases/", deeds.withdraw_all, name="withdraw_many"),
    path("holds/<int:pk>/release/", deeds.hold_release, name="release_hold"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/<int:pk>/", approvals.approval, name="approval"),
    path("sop-deviations/", sops.deviations, name="sop_deviations"),
    path("sop-deviations/<int:pk>/", sops.check, name="sop_check"),
    path("rules/", rules.rules, name="rules"),
    path("rules/<int:pk>/", rules.rule, name="rule"),
]  # fmt: skip
