"""The work that waits in a database made for measuring is real work: its lists show it."""

import pytest
from django.urls import reverse

from orders.demo.open_work import make_open_work
from orders.demo.volume import make_volume
from orders.models import Approval, Request, Shipment, StockQuestion
from staff.models import User

pytestmark = pytest.mark.django_db(transaction=True)  # as outside of tests: VACUUM stands in no transaction


def test_what_waits_is_found_by_those_who_do_it(client):
    make_volume(orders=40, tell=lambda _line: None)
    make_open_work(amount=3)
    assert [model.objects.count() for model in (Request, Approval, Shipment, StockQuestion)] == [3, 3, 3, 3]
    seen = {}
    for person, page in (("approver", "approvals"), ("warehouse", "warehouse"), ("manager", "requests")):
        client.force_login(User.objects.get(username=person))
        seen[page] = client.get(reverse(f"orders:{page}")).content.decode()
    assert seen["approvals"].count("approvals/") >= 3
    assert seen["warehouse"].count("SO-") >= 3
    assert seen["requests"].count("RQ-V") >= 3
