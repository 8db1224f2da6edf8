"""A row that was left out, or is one too many, is an error of whoever wrote the order; and where errors are noticed."""

from decimal import Decimal

import pytest
from django.urls import reverse

from customers.factories import make_customer
from orders.actions.amend import approve_amendment, findings_of, sight_of, submit_amendment, write_amendment
from orders.actions.enter import create_order, edit_order
from orders.actions.review import submit_entry
from orders.amending.rows import changes_in
from orders.errors import OrderError
from orders.ledger.detector import detect_in_order
from orders.models import Amendment, ApprovalRule, ErrorEvent, Order
from orders.requests.evidence import file_evidence, keep_evidence
from orders.rows import LineEntry
from orders.status import Status
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def lin(team):
    return make_user("lin", Role.CLERK, team=team)


@pytest.fixture
def wang(team):
    return make_user("wang", Role.CLERK, team=team)


@pytest.fixture
def order(lin):
    rows = [entry("皮带", 10), entry("轴承", 3)]
    made = create_order(by=lin, customer=make_customer(team=lin.team, clerk=lin), lines=rows)
    submit_entry(by=lin, order=made)
    return made


def entry(name, quantity, **values):
    return LineEntry(Decimal(quantity), product_name=name, unit_price=Decimal(5), **values)


def save(by, order, change):
    order.refresh_from_db()
    rows = [
        LineEntry(line.quantity, id=line.pk, unit_price=line.unit_price, product_name=line.product_name)
        for line in order.lines.all()
    ]
    return edit_order(by=by, order=order, version=order.version, lines=change(rows))


def found(order):
    detect_in_order(order.pk)
    detect_in_order(order.pk)
    return list(order.errors.order_by("line_position"))


def test_a_row_a_colleague_had_to_add_was_left_out_by_who_entered_the_order(lin, wang, order):
    save(wang, order, lambda rows: [*rows, entry("链条", 7)])
    (error,) = found(order)
    assert (error.field, error.wrong_value, error.type) == ("line", "", ErrorEvent.Type.OMISSION)
    assert "链条 7" in error.right_value
    assert (error.made_by, error.caught_by, error.line_position) == (lin, wang, 3)
    assert not error.is_near_miss


def test_a_row_a_colleague_took_away_was_one_too_many_of_its_writer(lin, wang, order):
    save(wang, order, lambda rows: rows[1:])
    (error,) = found(order)
    assert (error.field, error.right_value, error.made_by) == ("line", "", lin)
    assert "皮带 10" in error.wrong_value
    assert error.line is None


def test_a_row_that_came_where_another_went_is_one_error(lin, wang, order):
    save(wang, order, lambda rows: [entry("链条", 7), rows[1]])
    (error,) = found(order)
    assert "皮带" in error.wrong_value
    assert "链条" in error.right_value


def test_each_of_two_rows_left_out_is_an_error_and_a_row_added_wrong_belongs_to_who_added_it(lin, wang, order):
    save(wang, order, lambda rows: [*rows, entry("链条", 7), entry("油", 1)])
    assert len(found(order)) == 2
    save(lin, order, lambda rows: rows[:3])
    last = found(order)[-1]
    assert ("油" in last.wrong_value, last.made_by, last.caught_by) == (True, wang, lin)


def test_ones_own_row_added_before_verification_is_a_near_miss(lin, order):
    save(lin, order, lambda rows: [*rows, entry("链条", 7)])
    (error,) = found(order)
    assert error.is_near_miss


def amended(by, order, **values):
    ApprovalRule.objects.update(is_active=False)
    Order.objects.filter(pk=order.pk).update(state=Status.CONFIRMED)
    order.refresh_from_db()
    lines = list(order.lines.all())
    rows = [entry(lines[0].product_name, 12, id=lines[0].pk), entry(lines[1].product_name, 3, id=lines[1].pk)]
    amendment = write_amendment(
        by=by, order=order, version=order.version, cause=Amendment.Cause.OUR_ERROR, reason="wrong", lines=rows,
        header={}, **values,
    )  # fmt: skip
    return submit_amendment(by=by, amendment=amendment)


@pytest.mark.parametrize("stage", ["customer", "finance", "colleague"])
def test_where_our_error_was_noticed_is_what_the_amendment_says(wang, order, stage):
    boss = make_user("boss", Role.MANAGER)
    amendment = amended(wang, order, caught_stage=stage)
    changes = changes_in(amendment.rows.all())
    seen = sight_of(findings_of(order, list(order.lines.all()), changes))
    approve_amendment(by=boss, amendment=amendment, seen=seen)
    assert order.errors.get().caught_stage == stage


def test_a_stage_nobody_can_notice_an_error_at_is_refused(wang, order):
    with pytest.raises(OrderError, match="noticed"):
        amended(wang, order, caught_stage="intake")


def test_an_amendment_offers_where_the_error_was_noticed(client, wang, order):
    Order.objects.filter(pk=order.pk).update(state=Status.CONFIRMED)
    client.force_login(wang)
    text = client.get(reverse("orders:amend", args=[order.pk])).content.decode()
    assert '<select name="caught_stage"' in text
    assert '<option value="customer">' in text


def test_the_page_of_an_error_opens_the_file_it_is_about(client, lin, wang, order, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    items = [file_evidence("order.pdf", b"%PDF-1.4 x", "application/pdf")]
    (kept,) = keep_evidence(request=None, order=order, items=items, by=lin, saved=[])
    save(wang, order, lambda rows: rows[1:])
    (error,) = found(order)
    client.force_login(lin)
    page = client.get(reverse("orders:error", args=[error.pk])).content.decode()
    link = reverse("orders:evidence", args=[kept.pk])
    assert f'href="{link}"' in page
    assert client.get(link).status_code == 200
