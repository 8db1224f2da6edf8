"""Amending a confirmed order: typed rows with a cause, decided by somebody, applied as the next revision."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from customers.factories import make_customer, make_product
from customers.models import Contact
from orders.actions.address import acknowledge_address
from orders.actions.amend import (
    approve_amendment,
    drop_amendment,
    findings_of,
    reject_amendment,
    sight_of,
    submit_amendment,
    write_amendment,
)
from orders.actions.amend_link import confirm_by_customer, has_ended, make_link
from orders.actions.enter import create_order
from orders.actions.revisions import keep_revision
from orders.actions.ship import accept_shipment, pack_shipment, pick_shipment, request_shipment, ship_shipment
from orders.amending.rows import changes_in
from orders.checks import orders_that_do_not_add_up
from orders.errors import ConflictError, OrderError
from orders.models import Amendment, Approval, ApprovalRule, Order, Shipment, ShipmentLine
from orders.rows import LineEntry
from orders.status import Status
from salesops.documents.models import CompanyProfile
from staff.factories import make_team, make_user
from staff.models import Notice
from staff.roles import Role

State, Cause = Amendment.State, Amendment.Cause


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def lin(team):
    return make_user("lin", Role.CLERK, team=team)


@pytest.fixture
def boss(team):
    return make_user("boss", Role.MANAGER, Role.APPROVER, team=team)


@pytest.fixture(autouse=True)
def no_rules():
    ApprovalRule.objects.update(is_active=False)


@pytest.fixture
def order(lin):
    rows = [
        LineEntry(Decimal(10), product=make_product(), unit_price=Decimal(5)),
        LineEntry(Decimal(3), product_name="轴承", unit_price=Decimal(8)),
    ]
    made = create_order(by=lin, customer=make_customer(team=lin.team), lines=rows, ship_to="杭州")
    Order.objects.filter(pk=made.pk).update(state=Status.RELEASED, confirmed_at=timezone.now())
    made.refresh_from_db()
    return made


def entries_of(order):
    return [
        LineEntry(line.quantity, id=line.pk, product=line.product, unit_price=line.unit_price, discount=line.discount,
                  tax_rate=line.tax_rate, product_name=line.product_name, unit=line.unit)
        for line in order.lines.select_related("product")
    ]  # fmt: skip


def write(by, order, lines=None, *, cause=Cause.CUSTOMER_CHANGE, header=None, submit=True, **more):
    order = Order.objects.get(pk=order.pk)
    given = {"version": order.version, "reason": "by mail"} | more
    lines = entries_of(order) if lines is None else lines
    amendment = write_amendment(by=by, order=order, cause=cause, lines=lines, header=header or {}, **given)
    return submit_amendment(by=by, amendment=amendment) if submit else amendment


def seen(amendment):
    order = Order.objects.get(pk=amendment.order_id)
    lines = list(order.lines.select_related("product"))
    return sight_of(findings_of(order, lines, changes_in(amendment.rows.all())))


def approve(by, amendment, **more):
    return approve_amendment(by=by, amendment=amendment, seen=seen(amendment), **more)


def changed(order, place, **values):
    rows = entries_of(order)
    rows[place] = replace(rows[place], **values)
    return rows


@pytest.mark.django_db
def test_an_approved_amendment_changes_rows_and_totals_as_the_next_revision(lin, boss, order):
    rows = [*changed(order, 0, quantity=Decimal(12)), LineEntry(Decimal(2), product_name="油", unit_price=Decimal(30))]
    amendment = write(lin, order, rows, header={"promised_on": None, "ship_to": "宁波"})
    kept = list(amendment.rows.values_list("position", "field", "old", "new"))
    assert kept[0] == (0, "ship_to", "杭州", "宁波")
    assert kept[1] == (1, "quantity", "10", "12")
    assert kept[2][:2] == (3, "line_added")
    assert (amendment.total_before, amendment.total_after) == (Decimal("74.00"), Decimal("144.00"))
    order.refresh_from_db()
    assert order.total == Decimal("74.00"), "nothing happens before it is approved"
    done = approve(boss, amendment)
    order.refresh_from_db()
    assert (done.state, order.total, order.line_count, order.ship_to) == (State.APPLIED, Decimal("144.00"), 3, "宁波")
    assert done.revision == order.snapshots.last().revision == 1
    assert order.snapshots.get(revision=1).by == lin
    event = order.events.get(kind="amended")
    assert (event.before["lines.1.quantity"], event.after["lines.1.quantity"], event.by) == ("10", "12", boss)
    assert orders_that_do_not_add_up() == []
    assert keep_revision(by=boss, order=order) == 1, "the same order is the same revision"


@pytest.mark.django_db
def test_rows_keep_their_numbers_when_one_before_them_goes(lin, boss, order):
    approve(boss, write(lin, order, entries_of(order)[1:]))
    line = order.lines.get()
    assert (line.position, line.product_name) == (2, "轴承")
    approve(
        boss, write(lin, order, [*entries_of(order), LineEntry(Decimal(1), product_name="油", unit_price=Decimal(1))])
    )
    assert list(order.lines.values_list("position", flat=True)) == [2, 3]
    assert list(order.amendments.values_list("revision", flat=True)) == [1, 2]


@pytest.mark.django_db
def test_a_cause_and_a_reason_are_needed(lin, order):
    rows = changed(order, 0, quantity=Decimal(12))
    with pytest.raises(OrderError):
        write(lin, order, rows, cause="")
    with pytest.raises(OrderError):
        write(lin, order, rows, reason=" ")
    with pytest.raises(OrderError):
        write(lin, order)
    assert not Amendment.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("state", [s for s in Status if s not in (Status.CONFIRMED, Status.RELEASED)])
def test_only_a_confirmed_or_released_order_is_amended(lin, order, state):
    Order.objects.filter(pk=order.pk).update(state=state)
    with pytest.raises(OrderError):
        write(lin, order, changed(order, 0, quantity=Decimal(12)))


@pytest.mark.django_db
def test_a_quantity_stays_at_what_was_shipped_and_not_returned(lin, boss, order):
    order.lines.filter(position=1).update(shipped_quantity=6, returned_quantity=1)
    with pytest.raises(OrderError) as refusal:
        write(lin, order, changed(order, 0, quantity=Decimal(4)))
    assert "5" in str(refusal.value)
    approve(boss, write(lin, order, changed(order, 0, quantity=Decimal(5))))


@pytest.mark.django_db
def test_a_quantity_the_warehouse_is_asked_for_is_taken(lin, order):
    line = order.lines.get(position=1)
    shipment = Shipment.objects.create(number="SH-1", order=order)
    ShipmentLine.objects.create(shipment=shipment, line=line, quantity=7)
    with pytest.raises(OrderError):
        write(lin, order, changed(order, 0, quantity=Decimal(6)))
    assert write(lin, order, changed(order, 0, quantity=Decimal(7))).state == State.SUBMITTED


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"unit_price": Decimal(4)}, {"discount": Decimal("0.1")}])
def test_the_price_of_an_invoiced_row_stays(lin, order, change):
    order.lines.filter(position=1).update(invoiced_quantity=2)
    with pytest.raises(OrderError):
        write(lin, order, changed(order, 0, **change))
    assert write(lin, order, changed(order, 1, **change)).rows.count() == 1


@pytest.mark.django_db
def test_a_shipped_row_is_short_closed_and_not_removed(lin, order):
    order.lines.filter(position=1).update(shipped_quantity=1)
    with pytest.raises(OrderError):
        write(lin, order, entries_of(order)[1:])
    assert write(lin, order, entries_of(order)[:1]).rows.get().field == "line_removed"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "locked"), [("picked", False), ("packed", True), ("shipped", True), ("cancelled", False)]
)
def test_the_address_is_locked_once_the_goods_are_packed(lin, order, state, locked):
    Shipment.objects.create(number="SH-1", order=order, state=state)
    if locked:
        with pytest.raises(OrderError):
            write(lin, order, header={"ship_to": "宁波"})
    else:
        assert write(lin, order, header={"ship_to": "宁波"}).state == State.SUBMITTED


@pytest.mark.django_db
def test_what_was_shipped_after_the_amendment_was_written_is_looked_at_again(lin, boss, order):
    amendment = write(lin, order, changed(order, 0, quantity=Decimal(5)))
    order.lines.filter(position=1).update(shipped_quantity=8)
    with pytest.raises(OrderError):
        approve(boss, amendment)
    assert order.lines.get(position=1).quantity == 10


@pytest.mark.django_db
def test_a_small_amendment_may_be_ones_own_and_a_large_one_may_not(lin, boss, order):
    assert approve(lin, write(lin, order, changed(order, 0, quantity=Decimal(12)))).state == State.APPLIED
    large = write(boss, order, changed(order, 0, quantity=Decimal(4000)))
    with pytest.raises(OrderError):
        approve(boss, large)
    with pytest.raises(PermissionDenied):
        approve(lin, large)
    assert approve(make_user("other", Role.MANAGER), large).decided_by.username == "other"


@pytest.mark.django_db
def test_an_amendment_back_from_a_large_total_is_large_too(lin, boss, order):
    approve(boss, write(lin, order, changed(order, 0, quantity=Decimal(5000))))
    with pytest.raises(OrderError):
        approve(lin, write(lin, order, changed(order, 0, quantity=Decimal(1))))


@pytest.mark.django_db
def test_the_rules_look_at_the_new_totals_and_their_approver_is_needed(lin, order, team):
    rule = ApprovalRule.objects.filter(kind="total").first() or ApprovalRule(kind="total", name="Large")
    rule.threshold, rule.is_active = Decimal(100), True
    rule.save()
    amendment = write(lin, order, changed(order, 0, quantity=Decimal(20)))
    with pytest.raises(OrderError):
        approve(make_user("manager", Role.MANAGER, team=team), amendment)
    approver = make_user("approver", Role.APPROVER, team=team)
    with pytest.raises(OrderError):
        approve_amendment(by=approver, amendment=amendment, seen="something else")
    approve(approver, amendment)
    both = make_user("both", Role.MANAGER, Role.APPROVER, team=team)
    with pytest.raises(OrderError, match="somebody else approves"):
        approve(both, write(both, Order.objects.get(pk=order.pk), changed(order, 0, quantity=Decimal(21))))
    granted = order.approvals.get(state=Approval.State.GRANTED)
    assert (granted.rule, granted.decided_by) == (rule, approver)


@pytest.mark.django_db
def test_an_approval_for_other_inputs_is_void_once_the_amendment_is_applied(lin, boss, order):
    rule = ApprovalRule.objects.filter(kind="total").first() or ApprovalRule(kind="total", name="Large")
    rule.threshold, rule.is_active = Decimal(50), True
    rule.save()
    old = Approval.objects.create(
        order=order, rule=rule, rule_version=rule.version, inputs_hash="old", state=Approval.State.GRANTED
    )
    approve(boss, write(lin, order, changed(order, 0, quantity=Decimal(20))))
    old.refresh_from_db()
    assert old.state == Approval.State.VOID
    assert order.approvals.filter(state=Approval.State.GRANTED).count() == 1


@pytest.mark.django_db
def test_our_error_writes_each_row_into_the_ledger_against_who_wrote_it(lin, boss, order, team):
    wang = make_user("wang", Role.CLERK, team=team)
    rows = [
        *changed(order, 0, quantity=Decimal(100))[:1],
        LineEntry(Decimal(1), product_name="油", unit_price=Decimal(1)),
    ]
    approve(boss, write(wang, order, rows, cause=Cause.OUR_ERROR, header={"ship_to": "宁波"}))
    told = {error.field: error for error in order.errors.exclude(field="line")}
    assert set(told) == {"quantity", "ship_to"}
    assert {error.made_by for error in told.values()} == {lin}
    assert {error.caught_by for error in told.values()} == {wang}
    assert told["quantity"].wrong_value == "10"
    assert told["quantity"].amendment.cause == Cause.OUR_ERROR
    assert sorted(error.type for error in order.errors.filter(field="line")) == ["duplicate", "omission"]


@pytest.mark.django_db
def test_what_the_customer_changed_is_nobodys_error(lin, boss, order):
    approve(boss, write(lin, order, changed(order, 0, quantity=Decimal(100))))
    assert not order.errors.exists()


@pytest.mark.django_db
def test_a_rejected_amendment_leaves_the_order_as_it_was(lin, boss, order):
    amendment = write(lin, order, changed(order, 0, quantity=Decimal(100)))
    with pytest.raises(OrderError):
        reject_amendment(by=boss, amendment=amendment, note="")
    assert reject_amendment(by=boss, amendment=amendment, note="no").state == State.REJECTED
    with pytest.raises(OrderError):
        approve(boss, amendment)
    assert order.lines.get(position=1).quantity == 10
    assert write(lin, order, changed(order, 0, quantity=Decimal(11))).revision == 2


@pytest.mark.django_db
def test_one_amendment_at_a_time_and_a_draft_can_be_taken_back(lin, order):
    draft = write(lin, order, changed(order, 0, quantity=Decimal(100)), submit=False)
    with pytest.raises(OrderError):
        write(lin, order, changed(order, 0, quantity=Decimal(50)))
    again = write(lin, order, changed(order, 1, quantity=Decimal(50)), submit=False, amendment=draft)
    assert again.rows.get().position == 2
    drop_amendment(by=lin, amendment=again)
    assert not Amendment.objects.exists()


@pytest.mark.django_db
def test_who_wrote_on_an_older_version_is_shown_what_differs(lin, order):
    rows = changed(order, 0, quantity=Decimal(100))
    with pytest.raises(ConflictError) as conflict:
        write(lin, order, rows, version=order.version - 1)
    assert [difference.key for difference in conflict.value.differences] == ["lines.1.quantity"]


@pytest.mark.django_db
def test_an_old_value_that_is_no_longer_there_stops_the_approval(lin, boss, order):
    amendment = write(lin, order, header={"ship_to": "宁波"})
    Order.objects.filter(pk=order.pk).update(ship_to="苏州")
    with pytest.raises(ConflictError) as conflict:
        approve(boss, amendment)
    assert [(each.key, each.stored) for each in conflict.value.differences] == [("ship_to", "苏州")]


def applied(lin, boss, order):
    return approve(
        boss, write(lin, order, changed(order, 0, quantity=Decimal(12)), header={"ship_to_phone": "13900139000"})
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "word"), [("zh-CN", "确认变更"), ("en", "Confirm the change")])
def test_the_customer_confirms_with_one_click_and_no_password(client, lin, boss, order, language, word):
    secret = make_link(by=lin, amendment=applied(lin, boss, order))
    stored = order.amendments.get()
    assert secret not in stored.link_hash
    assert len(stored.link_hash) == 64
    address = reverse("amendment_link", args=[secret])
    answer = client.get(address, headers={"accept-language": language})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert word in page
    assert order.number in page
    assert "13900139000" not in page
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert client.post(address, {"name": " "}).status_code == 422
    assert client.post(address, {"name": "王芳"}).status_code == 302
    stored.refresh_from_db()
    assert (stored.state, stored.customer_confirmed_as) == (State.CUSTOMER_CONFIRMED, "王芳")
    client.post(address, {"name": "somebody else"})
    stored.refresh_from_db()
    assert stored.customer_confirmed_as == "王芳"
    assert order.events.filter(kind="amend_confirmed").count() == 1


@pytest.mark.django_db
def test_the_customer_reads_who_asks_and_which_goods_are_meant(client, lin, boss, order):
    CompanyProfile(name_zh="杭州示例科技有限公司", name_en="Hangzhou Example Technology").save()
    secret = make_link(by=lin, amendment=applied(lin, boss, order))
    address, goods = reverse("amendment_link", args=[secret]), order.lines.first()
    page = client.get(address, headers={"accept-language": "zh-CN"}).content.decode()
    assert "杭州示例科技有限公司" in page
    assert order.customer_name in page
    assert goods.product_code in page
    assert goods.product_name in page
    assert "Hangzhou Example Technology" in client.get(address, headers={"accept-language": "en"}).content.decode()


@pytest.mark.django_db
def test_a_rejected_amendment_is_not_called_an_order_we_do_not_take(lin, boss, order):
    rejected = reject_amendment(by=boss, amendment=write(lin, order, entries_of(order)[1:]), note="not now")
    with override("zh-hans"):
        assert rejected.get_state_display() == "已驳回"
        assert Status.REJECTED.label == "不接单"


@pytest.mark.django_db
def test_a_wrong_an_old_and_a_replaced_link_open_nothing(client, lin, boss, order):
    amendment = applied(lin, boss, order)
    first = make_link(by=lin, amendment=amendment)
    second = make_link(by=lin, amendment=amendment)
    assert client.get(reverse("amendment_link", args=["x" * 43 + ".7fffffff"])).status_code == 404
    assert client.get(reverse("amendment_link", args=[first])).status_code == 404
    assert has_ended(second, timezone.now() + timedelta(days=31))
    assert not has_ended(second)
    later = f"{second.rpartition('.')[0]}.7fffffff"
    assert client.get(reverse("amendment_link", args=[later])).status_code == 404, "the end cannot be moved"
    with pytest.raises(OrderError):
        confirm_by_customer(secret=first, name="x")


@pytest.mark.django_db
def test_guessing_is_stopped_after_thirty_tries_a_minute(client):
    answers = [client.get(reverse("amendment_link", args=[f"{n:043d}.7fffffff"])).status_code for n in range(31)]
    assert answers == [404] * 30 + [429]


@pytest.mark.django_db
def test_an_amendment_is_written_submitted_decided_and_sent_on_its_pages(client, lin, boss, order):
    client.force_login(lin)
    address = reverse("orders:amend", args=[order.pk])
    page = client.get(address)
    rows = page.context["desk"].rows
    posted = {"version": order.version, "cause": "customer_change", "reason": "mail", "submit": "1", "ship_to": "宁波",
              "payment_terms": order.payment_terms, "rows-TOTAL_FORMS": len(rows), "rows-INITIAL_FORMS": len(rows)}  # fmt: skip
    for place, row in enumerate(rows):
        posted |= {f"rows-{place}-{name}": value for name, value in row.initial.items() if value is not None}
    posted["rows-0-quantity"] = "15"
    assert client.post(address, posted | {"cause": ""}).status_code == 422
    longer = client.post(address, posted | {"more": "1"})
    assert 'name="rows-5-quantity"' in longer.content.decode()
    assert 'value="15"' in longer.content.decode()
    assert client.post(address, posted | {"version": 0}).status_code == 409
    assert client.post(address, posted).status_code == 302
    amendment = order.amendments.get()
    assert set(amendment.rows.values_list("field", flat=True)) == {"ship_to", "quantity"}
    client.force_login(boss)
    shown = reverse("orders:amendment", args=[amendment.pk])
    digest = re.search(r'name="seen" value="(\w+)"', client.get(shown).content.decode())[1]
    decide = reverse("orders:amendment_decide", args=[amendment.pk])
    assert client.post(decide, {"decision": "approve", "seen": "old"}).status_code == 422
    assert client.post(decide, {"decision": "approve", "seen": digest}).status_code == 302
    link = client.post(reverse("orders:amendment_link_make", args=[amendment.pk]), {"show": "1"})
    assert "/confirm/" in link.content.decode()
    sent = client.post(reverse("orders:amendment_link_make", args=[amendment.pk]), {"mail": "1", "to": "a@example.com"})
    assert sent.status_code == 302
    message = order.thread_messages.get(purpose="amendment")
    secret = re.search(r"/confirm/([\w.-]+)", message.body)[1]
    Contact.objects.create(customer=order.customer, name="王芳", email="A@example.com")
    assert 'value="王芳"' in client.get(reverse("amendment_link", args=[secret])).content.decode()
    detail = client.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert "/confirm/…" in detail
    assert secret not in detail, "a colleague must not be able to confirm for the customer"
    assert "15" in detail
    assert shown in detail


@pytest.mark.django_db
def test_a_new_address_is_read_by_the_warehouse_before_anything_is_packed(
    client, lin, boss, order, django_capture_on_commit_callbacks
):
    keeper = make_user("wu", Role.WAREHOUSE)
    Order.objects.filter(pk=order.pk).update(state=Status.RELEASED)
    order.refresh_from_db()
    shipment = request_shipment(by=lin, order=order, lines={order.lines.first(): Decimal(3)})
    accept_shipment(by=keeper, shipment=shipment)
    with django_capture_on_commit_callbacks(execute=True):
        approve(boss, write(lin, order, header={"ship_to": "宁波市北仑区1号"}))
    assert Notice.objects.filter(user=keeper).exists()
    pick_shipment(by=keeper, shipment=shipment)
    with pytest.raises(OrderError, match="address has changed"):
        pack_shipment(by=keeper, shipment=shipment, packages=1)
    client.force_login(keeper)
    page = reverse("orders:shipment", args=[shipment.pk])
    text = client.get(page).content.decode()
    assert "宁波市北仑区1号" in text
    assert "The address above is new" in text
    assert client.post(reverse("orders:shipment_step", args=[shipment.pk, "address"])).status_code == 302
    shipment.refresh_from_db()
    assert shipment.address_seen_by == keeper
    pack_shipment(by=keeper, shipment=shipment, packages=1)
    assert ship_shipment(by=keeper, shipment=shipment, carrier="顺丰").state == "shipped"
    assert client.post(reverse("orders:shipment_step", args=[shipment.pk, "address"])).status_code == 422
    assert order.events.filter(kind="address_seen", by=keeper).exists()


@pytest.mark.django_db
def test_a_shipment_asked_for_after_the_amendment_has_nothing_to_acknowledge(lin, boss, order):
    Order.objects.filter(pk=order.pk).update(state=Status.RELEASED)
    order.refresh_from_db()
    approve(boss, write(lin, order, header={"ship_to": "宁波"}))
    order.refresh_from_db()
    shipment = request_shipment(by=lin, order=order, lines={order.lines.first(): Decimal(1)})
    with pytest.raises(PermissionDenied):
        acknowledge_address(by=lin, shipment=shipment)
    assert shipment.address_changed_at is None
