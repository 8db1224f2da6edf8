"""The letter with the customer's link, the page behind it, and what the desk sees of both."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.factories import make_customer
from orders.actions.amend import approve_amendment, findings_of, sight_of, submit_amendment, write_amendment
from orders.actions.amend_link import mail_link, make_link
from orders.actions.enter import create_order
from orders.amending.rows import changes_in
from orders.models import ApprovalRule, Order
from orders.rows import LineEntry
from orders.status import Status
from salesops.documents.models import CompanyProfile
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin():
    return make_user("lin", Role.CLERK, team=make_team(), display_name="林晓雯", phone="0571-88880001")


@pytest.fixture
def amendment(lin):
    """One that is applied: 10 at 5.00 became 12."""
    ApprovalRule.objects.update(is_active=False)
    CompanyProfile(
        name_zh="杭州示例科技有限公司", name_en="Hangzhou Example Technology", email="orders@example.com"
    ).save()
    customer = make_customer(team=lin.team, clerk=lin, email="buyer@lanting.example")
    row = LineEntry(Decimal(10), product_name="轴承", unit_price=Decimal(5))
    order = create_order(by=lin, customer=customer, lines=[row])
    Order.objects.filter(pk=order.pk).update(state=Status.RELEASED, confirmed_at=timezone.now())
    order.refresh_from_db()
    lines = list(order.lines.all())
    wanted = [LineEntry(Decimal(12), id=lines[0].pk, product_name="轴承", unit_price=Decimal(5))]
    made = write_amendment(
        by=lin, order=order, version=order.version, cause="customer_change", reason="mail", lines=wanted, header={}
    )
    submit_amendment(by=lin, amendment=made)
    seen = sight_of(findings_of(order, lines, changes_in(made.rows.all())))
    boss = make_user("boss", Role.MANAGER, team=lin.team)
    return approve_amendment(by=boss, amendment=made, seen=seen)


def test_the_letter_greets_says_who_writes_and_speaks_of_no_po_where_there_is_none(lin, amendment):
    letter = mail_link(by=lin, amendment=amendment, site="https://desk.example")
    for words in ("Good day,", "您好", "林晓雯 0571-88880001", "杭州示例科技有限公司", "Hangzhou Example Technology"):
        assert words in letter.body
    assert "—）" not in letter.body
    # The address of the link holds random letters, which may well be a P and an O.
    told = [line for line in letter.body.splitlines() if "https://" not in line]
    assert len(told) == len(letter.body.splitlines()) - 2, "one link in each language"
    assert "PO" not in "\n".join(told)
    Order.objects.filter(pk=amendment.order_id).update(customer_po="LND-1187")
    amendment.order.refresh_from_db()
    again = mail_link(by=lin, amendment=amendment, site="https://desk.example")
    assert again.body.count("LND-1187") == 2


def test_the_desk_sees_to_whom_the_link_went_and_that_nobody_has_confirmed_yet(client, lin, amendment):
    client.force_login(lin)
    page = reverse("orders:amendment", args=[amendment.pk])
    assert "link-out" not in client.get(page).content.decode()
    mail_link(by=lin, amendment=amendment, site="https://desk.example")
    shown = client.get(page).content.decode()
    assert "Mailed to buyer@lanting.example, not confirmed yet." in shown
    make_link(by=lin, amendment=amendment)
    shown = client.get(page).content.decode()
    assert "Mailed to" not in shown, "that link opens nothing any more"
    assert "A link was made, not confirmed yet." in shown


def test_the_customer_sees_which_money_it_is_and_whom_to_tell_that_something_is_wrong(client, lin, amendment):
    secret = make_link(by=lin, amendment=amendment)
    address = reverse("amendment_link", args=[secret])
    page = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert "¥ 60.00" in page
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    assert title is not None
    assert title[1].strip() == f"Change of order {amendment.order.number} · Hangzhou Example Technology"
    for words in ("林晓雯", "0571-88880001", "orders@example.com"):
        assert words in page
    client.post(address, {"name": "王芳"})
    assert "Is something not right?" not in client.get(address, headers={"accept-language": "en"}).content.decode()


def test_who_got_the_link_otherwise_is_not_taken_for_the_one_it_was_mailed_to_before(client, lin, amendment):
    amendment.order.customer.contacts.create(name="王芳", email="buyer@lanting.example")
    mail = mail_link(by=lin, amendment=amendment, site="https://desk.example")
    found = re.search(r"/confirm/([\w.-]+)/", mail.body)
    assert found is not None
    mailed = reverse("amendment_link", args=[found[1]])
    assert 'value="王芳"' in client.get(mailed).content.decode()
    handed_over = reverse("amendment_link", args=[make_link(by=lin, amendment=amendment)])
    assert 'value="王芳"' not in client.get(handed_over).content.decode()
