"""The documents of amendments, shipments, returns and earlier revisions, from the pages of those records."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from pypdf import PdfReader

from customers.factories import make_customer
from orders.actions.amend import approve_amendment, findings_of, sight_of, submit_amendment, write_amendment
from orders.actions.enter import create_order
from orders.actions.returns import (
    Inspection,
    ReturnedRow,
    authorise_return,
    inspect_return,
    receive_return,
    request_return,
    resolve_return,
    send_return,
)
from orders.actions.revisions import keep_revision
from orders.actions.ship import cancel_shipment, request_shipment
from orders.amending.rows import changes_in
from orders.documents.choice import document_of, printables_of
from orders.models import ApprovalRule, Order
from orders.rows import LineEntry
from orders.status import Status
from orders.tests.goods import rows, through
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_rules():
    ApprovalRule.objects.update(is_active=False)


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def lin(team):
    return make_user("lin", Role.CLERK, team=team)


@pytest.fixture
def keeper(team):
    return make_user("wu", Role.WAREHOUSE, team=team)


@pytest.fixture
def boss(team):
    return make_user("boss", Role.MANAGER, Role.APPROVER, team=team)


@pytest.fixture
def order(lin):
    """Released: 10 lamps at 5 and 4 plugs at 8; revision 0 is kept."""
    lines = [
        LineEntry(Decimal(10), product_name="台灯", unit_price=Decimal(5), unit="盏"),
        LineEntry(Decimal(4), product_name="插头", unit_price=Decimal(8), unit="个"),
    ]
    made = create_order(by=lin, customer=make_customer(team=lin.team), lines=lines, ship_to="杭州文三路 1 号")
    Order.objects.filter(pk=made.pk).update(state=Status.RELEASED)
    made.refresh_from_db()
    keep_revision(by=lin, order=made)
    return made


def amended(lin, boss, order, quantity, *, apply=True):
    entries = [
        LineEntry(line.quantity, id=line.pk, unit_price=line.unit_price, product_name=line.product_name, unit=line.unit,
                  tax_rate=line.tax_rate)
        for line in order.lines.all()
    ]  # fmt: skip
    made = write_amendment(
        by=lin, order=order, version=order.version, cause="our_error", reason="林晓雯又录错了",
        lines=[replace(entries[0], quantity=Decimal(quantity)), *entries[1:]], header={},
    )  # fmt: skip
    submit_amendment(by=lin, amendment=made)
    if apply:
        found = findings_of(order, list(order.lines.all()), changes_in(made.rows.all()))
        made = approve_amendment(by=boss, amendment=made, seen=sight_of(found))
        order.refresh_from_db()
    return made


def text_of(answer) -> str:
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "".join("".join(page.extract_text().split()) for page in pages).replace("\u200b", "")


def pdf(client, name, pk, **query):
    answer = client.get(reverse(f"orders:{name}_pdf", args=[pk]), query)
    assert answer.status_code == 200
    return text_of(answer)


def test_an_amendment_is_printed_from_its_page_and_says_nothing_of_whose_mistake_it_was(client, lin, boss, order):
    made = amended(lin, boss, order, 12)
    client.force_login(lin)
    page = client.get(reverse("orders:amendment", args=[made.pk])).content.decode()
    assert reverse("orders:amendment_paper_pdf", args=[made.pk]) in page
    letter = f"{reverse('orders:mail', args=[order.pk])}?document=amendment-{made.pk}"
    assert letter in page
    assert f"Revision {made.revision}" in client.get(letter).content.decode()
    text = pdf(client, "amendment_paper", made.pk, languages="zh")
    for word in ("订单变更单", "修订1", "台灯", "10", "12", "¥82.00", "¥92.00"):
        assert word in text, word
    for secret in ("录错", "我方差错", "草稿"):
        assert secret not in text, secret


def test_an_amendment_that_nobody_approved_yet_is_stamped_a_draft(client, lin, boss, order):
    made = amended(lin, boss, order, 12, apply=False)
    client.force_login(lin)
    assert "草稿" in pdf(client, "amendment_paper", made.pk, languages="zh")
    assert not next(each for each in printables_of(order) if each.purpose == "amendment").may_be_mailed


def test_an_amendment_that_was_turned_down_cannot_be_printed(client, lin, boss, order):
    made = amended(lin, boss, order, 12, apply=False)
    client.force_login(boss)
    client.post(reverse("orders:amendment_decide", args=[made.pk]), {"decision": "reject", "note": "不改"})
    assert client.get(reverse("orders:amendment_paper_pdf", args=[made.pk])).status_code == 404
    page = client.get(reverse("orders:amendment", args=[made.pk])).content.decode()
    assert reverse("orders:amendment_paper_pdf", args=[made.pk]) not in page


def test_each_shipment_has_its_own_delivery_note_without_prices(client, lin, keeper, order):
    first = through(keeper, request_shipment(by=lin, order=order, lines=rows(order, 6)))
    second = request_shipment(by=lin, order=order, lines=rows(order, 4, 4))
    client.force_login(keeper)
    for shipment, quantities in ((first, "6盏"), (second, "4盏")):
        page = client.get(reverse("orders:shipment", args=[shipment.pk])).content.decode()
        assert reverse("orders:shipment_note_page", args=[shipment.pk]) in page
        assert "?document=" not in page, "the clerk writes to the customer, the warehouse does not"
        text = pdf(client, "shipment_note", shipment.pk)
        for word in ("送货单", shipment.number, order.number, quantities, "杭州文三路1号"):
            assert word in text, word
        for money in ("¥", "金额", "单价", "5.00", "8.00"):
            assert money not in text, money
    assert "SF1234567890123" in pdf(client, "shipment_note", first.pk)
    cancel_shipment(by=lin, shipment=second, reason="客户改地址")
    assert "已取消" in pdf(client, "shipment_note", second.pk, languages="zh")


def test_the_warehouse_reaches_delivery_notes_from_its_page_of_the_order_and_nothing_with_prices(
    client, lin, keeper, order
):
    shipment = request_shipment(by=lin, order=order, lines=rows(order, 6))
    client.force_login(keeper)
    page = client.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert reverse("orders:shipment_note_pdf", args=[shipment.pk]) in page
    assert reverse("orders:confirmation_pdf", args=[order.pk]) not in page
    assert client.get(reverse("orders:confirmation_pdf", args=[order.pk])).status_code == 403


def returned(lin, keeper, order, **more):
    made = request_return(
        by=lin, order=order, lines={line: ReturnedRow(quantity) for line, quantity in rows(order, 2).items()},
        cause="our_entry", **more,
    )  # fmt: skip
    authorise_return(by=lin, order_return=made)
    send_return(by=lin, order_return=made, note="顺丰 SF1")
    made = receive_return(by=keeper, order_return=made)
    findings = {part.pk: Inspection(Decimal(1), part.quantity - 1) for part in made.lines.all()}
    return inspect_return(by=keeper, order_return=made, findings=findings)


def test_a_return_note_credits_what_was_accepted_and_the_warehouses_copy_has_no_amount(client, lin, keeper, order):
    through(keeper, request_shipment(by=lin, order=order, lines=rows(order, 10, 4)))
    made = resolve_return(by=lin, order_return=returned(lin, keeper, order), resolution="refund")
    client.force_login(lin)
    assert (
        reverse("orders:return_note_pdf", args=[made.pk])
        in client.get(reverse("orders:return", args=[made.pk])).content.decode()
    )
    text = pdf(client, "return_note", made.pk, languages="zh")
    for word in ("退货单", made.number, "台灯", "¥5.00", "退款"):
        assert word in text, word
    assert "录错" not in text
    client.force_login(keeper)
    text = pdf(client, "return_note", made.pk, languages="zh")
    assert made.number in text
    assert "¥" not in text


def test_a_return_nobody_authorised_is_stamped_a_draft(client, lin, keeper, order):
    through(keeper, request_shipment(by=lin, order=order, lines=rows(order, 10, 4)))
    made = request_return(by=lin, order=order, lines={order.lines.all()[0]: ReturnedRow(Decimal(1))}, cause="quality")
    client.force_login(lin)
    assert "草稿" in pdf(client, "return_note", made.pk, languages="zh")


def test_a_confirmation_of_an_earlier_revision_says_what_it_said_and_that_it_is_superseded(client, lin, boss, order):
    amended(lin, boss, order, 12)
    client.force_login(lin)
    page = client.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert f"{reverse('orders:confirmation_page', args=[order.pk])}?revision=0" in page
    now, then = (pdf(client, "confirmation", order.pk, languages="zh", **more) for more in ({}, {"revision": "0"}))
    assert "¥92.00" in now
    assert "已被替代" not in now
    assert "¥82.00" in then
    assert "已被替代" in then
    assert "人民币捌拾贰元整" in then


@pytest.mark.parametrize("revision", ["7", "-1", "x", "٣", "9" * 30])
def test_a_revision_that_was_never_kept_is_not_found(client, lin, order, revision):
    client.force_login(lin)
    address = reverse("orders:confirmation_pdf", args=[order.pk])
    assert client.get(address, {"revision": revision}).status_code == 404


def test_the_kept_revision_says_exactly_what_the_order_said_when_it_stood(lin, boss, order):
    order.promised_on = date(2026, 11, 30)
    order.save()
    keep_revision(by=lin, order=order)
    before = document_of(order, "confirmation")
    amended(lin, boss, order, 12)
    kept = document_of(order, f"confirmation-{before.revision}")
    same = {"validity", "revision"}
    assert {name: getattr(kept, name) for name in kept.__slots__ if name not in same} == {
        name: getattr(before, name) for name in before.__slots__ if name not in same
    }


@pytest.mark.parametrize(
    "key", ["", "confirmation-x", "shipment-", "shipment-99", "return-٣", "amendment-99", "order-1"]
)
def test_a_key_of_no_document_opens_nothing(order, key):
    with pytest.raises(LookupError):
        document_of(order, key)
