"""A clerk writes an order: what it takes from customer and product, what it keeps, what it refuses."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from customers.factories import make_customer, make_product
from customers.models import Address, InvoiceProfile
from orders.actions.enter import add_note, create_order, edit_order
from orders.errors import ConflictError, OrderError
from orders.models import Order, OrderEvent, OrderSnapshot
from orders.rows import LineEntry
from orders.signals import order_changed
from orders.status import Status
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return make_user("lin", Role.CLERK, team=make_team())


@pytest.fixture
def paper():
    return make_product(code="ZP-A4", name="复印纸 A4", spec="70g", unit="箱", list_price=Decimal("113"), tax_rate="13")


def row(product=None, quantity="1", **values):
    return LineEntry(quantity=Decimal(quantity), product=product, **values)


def rows_of(order):
    """The rows as the form sends them back unchanged."""
    return [
        LineEntry(
            id=line.pk,
            product=line.product,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
            tax_rate=line.tax_rate,
            due_on=line.due_on,
            remarks=line.remarks,
        )
        for line in order.lines.select_related("product")
    ]


def test_a_row_keeps_the_name_price_and_tax_of_its_moment(clerk, paper):
    order = create_order(by=clerk, customer=make_customer(), lines=[row(paper, "2")])
    paper.name, paper.list_price, paper.tax_rate = "别的纸", Decimal(999), "9"
    paper.save()
    line = order.lines.get()
    assert (line.product_code, line.product_name, line.spec, line.unit) == ("ZP-A4", "复印纸 A4", "70g", "箱")
    assert (line.unit_price, line.list_price, line.tax_rate) == (113, 113, "13")
    assert (line.net, line.tax, line.amount) == (Decimal("200.00"), Decimal("26.00"), Decimal("226.00"))


def test_the_header_is_the_sum_of_the_rows_rounded_row_by_row(clerk):
    rows = [row(product_name="铅笔", quantity="3", unit_price=Decimal("0.335"), tax_rate="13") for _ in range(3)]
    order = create_order(by=clerk, customer=make_customer(), lines=rows)
    assert order.total == Decimal("3.03")
    assert order.net + order.tax == order.total
    assert order.line_count == 3


def test_prices_without_tax_get_it_on_top(clerk, paper):
    order = create_order(by=clerk, customer=make_customer(), lines=[row(paper)], prices_include_tax=False)
    assert (order.net, order.tax, order.total) == (Decimal("113.00"), Decimal("14.69"), Decimal("127.69"))


def test_what_the_customer_always_wants_is_there_at_once(clerk, paper):
    customer = make_customer(payment_terms="net_30", currency="USD", carrier="顺丰", team=clerk.team)
    Address.objects.create(
        customer=customer, city="杭州市", street="滨江路 1 号", receiver="沈岚", phone="13800002061", is_default=True
    )
    profile = InvoiceProfile.objects.create(customer=customer, title=customer.name, is_default=True)
    order = create_order(by=clerk, customer=customer, lines=[row(paper)])
    assert (order.payment_terms, order.currency, order.ship_method) == ("net_30", "USD", "顺丰")
    assert (order.ship_to, order.ship_to_receiver, order.ship_to_phone) == ("杭州市滨江路 1 号", "沈岚", "13800002061")
    assert (order.invoice_profile, order.team, order.owner) == (profile, clerk.team, clerk)


def test_what_the_clerk_writes_beats_the_customers_habit(clerk, paper):
    customer = make_customer(payment_terms="net_30")
    order = create_order(by=clerk, customer=customer, lines=[row(paper)], payment_terms="prepaid", ship_to="自提")
    assert (order.payment_terms, order.ship_to) == ("prepaid", "自提")


def test_numbers_of_a_day_follow_each_other(clerk, paper):
    first, second = (create_order(by=clerk, customer=make_customer(), lines=[row(paper)]) for _ in range(2))
    assert int(second.number[-4:]) == int(first.number[-4:]) + 1
    assert first.number.startswith("SO-")


def test_the_first_save_is_kept_whole_and_the_diary_begins(clerk, paper):
    order = create_order(by=clerk, customer=make_customer(), lines=[row(paper, "2")], customer_po="PO 1")
    edit_order(by=clerk, order=order, version=1, lines=[row(paper, "5", id=order.lines.get().pk)], customer_po="PO 2")
    first, second = OrderSnapshot.objects.filter(order=order).order_by("revision")
    assert (first.revision, first.content["customer_po"], first.content["lines"][0]["quantity"]) == (0, "PO 1", "2")
    assert (second.revision, second.content["customer_po"], second.content["lines"][0]["quantity"]) == (1, "PO 2", "5")
    assert [event.kind for event in order.events.order_by("id")] == ["created", "changed"]


def test_a_change_is_written_field_by_field_with_before_and_after(clerk, paper):
    order = create_order(by=clerk, customer=make_customer(), lines=[row(paper, "2"), row(paper, "3")])
    first, second = rows_of(order)
    edit_order(by=clerk, order=order, version=1, lines=[first, row(paper, "7", id=second.id)], customer_po="X")
    event = order.events.get(kind="changed")
    assert event.before == {
        "customer_po": "",
        "total": "565",
        "lines.2.quantity": "3",
        "lines.2.net": "300",
        "lines.2.tax": "39",
        "lines.2.amount": "339",
    }
    assert event.after["lines.2.quantity"] == "7"
    assert event.after["customer_po"] == "X"
    assert event.by == clerk


def test_rows_come_go_and_change_places(clerk, paper):
    order = create_order(by=clerk, customer=make_customer(), lines=[row(paper, q) for q in ("1", "2", "3")])
    one, _two, three = rows_of(order)
    edit_order(by=clerk, order=order, version=1, lines=[three, row(paper, "4"), one])
    assert [line.quantity for line in order.lines.all()] == [3, 4, 1]
    assert [line.position for line in order.lines.all()] == [1, 2, 3]
    event = order.events.get(kind="changed")
    assert event.before["lines.2"]["quantity"] == "2"
    assert event.after["lines.2"]["quantity"] == "4"
    assert event.after["line_order"] == [3, 1]


def test_saving_without_a_change_writes_nothing(clerk, paper):
    order = create_order(by=clerk, customer=make_customer(), lines=[row(paper, "2")])
    edit_order(by=clerk, order=order, version=1, lines=rows_of(order), customer_po="")
    order.refresh_from_db()
    assert (order.version, order.events.count(), order.snapshots.count()) == (1, 1, 1)


def test_an_amount_from_a_sheet_stays_to_the_cent_while_its_row_stays(clerk):
    customer = make_customer()
    order = create_order(
        by=clerk,
        customer=customer,
        lines=[row(product_name="甲", unit_price=Decimal("1.115")), row(product_name="乙", unit_price=Decimal("1"))],
    )
    order.lines.filter(position=1).update(
        amount=Decimal("1.11"), net=Decimal("1.11"), source_amount=Decimal("1.115000")
    )
    Order.objects.filter(pk=order.pk).update(total=Decimal("2.11"), net=Decimal("2.11"))
    first, second = rows_of(order)
    edit_order(by=clerk, order=order, version=1, lines=[first, row(quantity="3", id=second.id, unit_price=Decimal(1))])
    kept = order.lines.get(position=1)
    assert (kept.amount, kept.source_amount, kept.rounding) == (Decimal("1.11"), Decimal("1.115"), Decimal("-0.005"))
    order.refresh_from_db()
    assert order.total == Decimal("4.11")


def test_a_stale_form_is_refused_with_every_difference_and_nothing_is_written(clerk, paper):
    order = create_order(by=clerk, customer=make_customer(), lines=[row(paper, "2")])
    colleague = make_user("wang", Role.CLERK, display_name="王芳")
    line = order.lines.get()
    edit_order(by=colleague, order=order, version=1, lines=[row(paper, "3", id=line.pk)], customer_po="THEIRS")
    with pytest.raises(ConflictError) as refusal:
        edit_order(by=clerk, order=order, version=1, lines=[row(paper, "4", id=line.pk)], customer_po="MINE")
    shown = {difference.key: (difference.stored, difference.typed) for difference in refusal.value.differences}
    assert shown["customer_po"] == ("THEIRS", "MINE")
    assert shown["lines.1.quantity"] == ("3", "4")
    assert refusal.value.version == 2
    assert "王芳" in str(refusal.value)
    order.refresh_from_db()
    assert (order.customer_po, order.lines.get().quantity) == ("THEIRS", 3)


def test_the_same_form_sent_twice_makes_one_order(clerk, paper):
    customer, token = make_customer(), uuid4()
    first = create_order(by=clerk, customer=customer, lines=[row(paper)], form_token=token)
    again = create_order(by=clerk, customer=customer, lines=[row(paper)], form_token=token)
    assert first == again
    assert Order.objects.count() == 1


def test_the_same_form_with_another_body_is_refused(clerk, paper):
    customer, token = make_customer(), uuid4()
    first = create_order(by=clerk, customer=customer, lines=[row(paper)], form_token=token)
    with pytest.raises(OrderError, match=first.number) as refusal:
        create_order(by=clerk, customer=customer, lines=[row(paper, "2")], form_token=token)
    assert first.number in str(refusal.value)
    assert Order.objects.count() == 1


def test_after_verification_an_order_is_no_longer_edited(clerk, paper):
    order = create_order(by=clerk, customer=make_customer(), lines=[row(paper)])
    Order.objects.filter(pk=order.pk).update(state=Status.VERIFIED)
    with pytest.raises(OrderError, match="can no longer be edited"):
        edit_order(by=clerk, order=order, version=1, lines=rows_of(order), customer_po="x")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"quantity": "0", "product_name": "甲", "unit_price": Decimal(1)}, "quantity"),
        ({"quantity": "-1", "product_name": "甲", "unit_price": Decimal(1)}, "quantity"),
        ({"quantity": "1", "product_name": "甲"}, "unit_price"),
        ({"quantity": "1", "unit_price": Decimal(1)}, "product"),
        ({"quantity": "99999999999", "product_name": "甲", "unit_price": Decimal(999_999_999)}, "quantity"),
    ],
)
def test_a_row_that_cannot_be_is_named_with_its_row_and_field(clerk, paper, values, field):
    with pytest.raises(OrderError) as refusal:
        create_order(by=clerk, customer=make_customer(), lines=[row(paper), row(**values)])
    assert (refusal.value.line, refusal.value.field) == (2, field)
    assert Order.objects.count() == 0


def test_a_return_has_negative_quantities(clerk, paper):
    order = create_order(by=clerk, customer=make_customer(), lines=[row(paper, "-2")], kind=Order.Kind.RETURN)
    assert order.total == Decimal("-226.00")


def test_an_order_has_at_least_one_row(clerk):
    with pytest.raises(OrderError, match="at least one row"):
        create_order(by=clerk, customer=make_customer(), lines=[])


def test_a_blocked_customer_gets_no_order(clerk, paper):
    customer = make_customer(is_blocked=True, blocked_reason="欠款")
    with pytest.raises(OrderError) as refusal:
        create_order(by=clerk, customer=customer, lines=[row(paper)])
    assert "欠款" in str(refusal.value)


def test_a_discontinued_product_gets_no_new_row_but_keeps_its_old_one(clerk, paper):
    order = create_order(by=clerk, customer=make_customer(), lines=[row(paper)])
    paper.is_discontinued = True
    paper.save()
    edit_order(by=clerk, order=order, version=1, lines=rows_of(order), due_at=None, customer_po="kept")
    with pytest.raises(OrderError, match="is discontinued"):
        edit_order(by=clerk, order=order, version=2, lines=[*rows_of(order), row(paper)])


def test_a_row_of_another_order_cannot_be_taken_over(clerk, paper):
    mine, other = (create_order(by=clerk, customer=make_customer(), lines=[row(paper)]) for _ in range(2))
    with pytest.raises(OrderError, match="not part of the order"):
        edit_order(by=clerk, order=mine, version=1, lines=rows_of(other))


def test_others_are_told_after_the_order_is_safe(clerk, paper, django_capture_on_commit_callbacks):
    heard = []

    def listen(order_id, kind, **kwargs):
        heard.append((order_id, kind))

    order_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            order = create_order(by=clerk, customer=make_customer(), lines=[row(paper)])
            assert heard == []
    finally:
        order_changed.disconnect(listen)
    assert heard == [(order.pk, "created")]


def test_a_note_stands_in_the_diary_and_an_empty_one_does_not(clerk, paper):
    order = create_order(by=clerk, customer=make_customer(), lines=[row(paper)])
    add_note(by=clerk, order=order, text="  客户说周三前到  ")
    for wrong in ("   ", "x" * 2001):
        with pytest.raises(OrderError):
            add_note(by=clerk, order=order, text=wrong)
    assert OrderEvent.objects.get(kind="note").note == "客户说周三前到"


def test_a_date_of_delivery_is_kept_per_row(clerk, paper):
    order = create_order(by=clerk, customer=make_customer(), lines=[row(paper, due_on=date(2026, 11, 25))])
    assert order.lines.get().due_on == date(2026, 11, 25)
