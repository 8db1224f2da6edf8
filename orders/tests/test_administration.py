"""The desk's numbers in the administration, in the words of the house."""

import pytest
from django.urls import reverse

from orders.models import DeadlineRule, DeskRule
from staff.factories import make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


def test_an_administrator_reads_no_class_names(client):
    boss = make_user("admin", Role.ADMINISTRATOR)
    client.force_login(boss)
    rule = DeadlineRule.objects.create(channel="phone", level="A")
    any_case = DeadlineRule.objects.get(channel="", level="")
    pages = {
        "admin:index": [],
        "admin:orders_deskrule_change": [DeskRule.objects.get().pk],
        "admin:orders_deadlinerule_change": [rule.pk],
        "admin:orders_deadlinerule_changelist": [],
    }
    for name, args in pages.items():
        shown = client.get(reverse(name, args=args), headers={"accept-language": "zh-CN"}).content.decode()
        assert "订单" in shown, name
        for english in (">Orders<", "DeskRule object", "DeadlineRule object"):
            assert english not in shown, name
    assert str(rule) == "Phone · A"
    assert str(any_case) == "Any other case"
