"""The error ledger: each wrong value once, against whoever wrote it, at the stage they wrote it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers.factories import make_customer, make_product
from orders.actions.enter import create_order, edit_order
from orders.actions.errors import dispute_error, judge_error, record_error, rule_error
from orders.actions.move import move_order
from orders.errors import OrderError
from orders.factories import make_order
from orders.ledger.detector import detect_everywhere, detect_in_order
from orders.ledger.types import guess_type, is_transposition
from orders.models import ErrorEvent, Order, Request
from orders.rows import LineEntry
from orders.status import Status
from salesops.spreadsheets.models import ImportBatch
from staff.factories import make_team, make_user
from staff.roles import Role

Stage, Origin, Type = ErrorEvent.Stage, ErrorEvent.Origin, ErrorEvent.Type
NAMED = LineEntry(Decimal(1), product_name="油", unit_price=Decimal(1))


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
def ge(team):
    return make_user("ge", Role.REVIEWER, team=team)


def entered(by, *, quantity="10", price="5", **header):
    """An order of two rows with whole diary, entered by one person."""
    rows = [
        LineEntry(Decimal(quantity), product_name="皮带", unit_price=Decimal(price)),
        LineEntry(Decimal(3), product_name="轴承", unit_price=Decimal(8)),
    ]
    order = create_order(by=by, customer=make_customer(team=by.team), lines=rows, **header)
    return move_order(by=by, order=move_order(by=by, order=order, to=Status.REVIEWED), to=Status.ENTERED)


def entries_of(order):
    return [
        LineEntry(line.quantity, id=line.pk, unit_price=line.unit_price, product_name=line.product_name)
        for line in order.lines.all()
    ]


def edit(by, order, place=None, *, header=None, **values):
    order = Order.objects.get(pk=order.pk)
    rows = entries_of(order)
    if place is not None:
        rows[place] = replace(rows[place], **values)
    return edit_order(by=by, order=order, version=order.version, lines=rows, **(header or {}))


def catch(order, by, *, line=1, field="quantity", wrong="10", right="100", **more):
    given = {"caught_stage": Stage.VERIFICATION, "origin": Origin.VERIFICATION} | more
    return record_error(order=order, line=line, field=field, wrong=wrong, right=right, caught_by=by, **given)


@pytest.mark.django_db
def test_the_maker_is_who_wrote_the_field_and_not_who_wrote_the_order(lin, wang, ge):
    order = entered(lin)
    edit(wang, order, 0, quantity=Decimal(12))
    error = catch(order, ge, wrong="12")
    assert (error.made_by, error.made_stage, error.caught_by) == (wang, Stage.ENTRY, ge)
    assert error.made_at == order.snapshots.get(revision=1).at
    assert error.number.startswith("ER-")
    other = catch(order, ge, line=2, wrong="3", right="4")
    assert (other.made_by, other.line.product_name) == (lin, "轴承")


@pytest.mark.django_db
def test_a_value_that_was_put_right_already_is_still_its_writers(lin, wang, ge):
    order = entered(lin)
    edit(wang, order, 0, quantity=Decimal(100))
    assert catch(order, ge, wrong="10").made_by == lin


@pytest.mark.django_db
def test_a_row_that_moved_keeps_its_writer(lin, wang, ge):
    order = entered(lin)
    edit_order(by=wang, order=order, version=order.version, lines=entries_of(order)[::-1])
    row = order.lines.get(product_name="皮带")
    assert row.position == 2
    error = catch(order, ge, line=2)
    assert (error.made_by, error.line, error.line_position) == (lin, row, 2)


@pytest.mark.django_db
def test_an_order_from_a_sheet_was_entered_by_nobody(lin, ge):
    batch = ImportBatch.objects.create(
        kind="orders", state=ImportBatch.State.DONE, file_name="a.xlsx", sha256="0" * 64, uploaded_by=lin
    )
    order = make_order(lines=2, batch=batch, created_by=lin)
    assert catch(order, ge, wrong="1", right="2").made_by is None
    edit(lin, order, 1, quantity=Decimal(7))
    assert catch(order, ge, wrong="1", right="3").made_by is None
    assert catch(order, ge, line=2, wrong="7", right="8").made_by == lin


@pytest.mark.django_db
def test_the_stage_is_the_work_that_was_going_on(lin, wang, ge):
    order = create_order(
        by=lin,
        customer=make_customer(team=lin.team),
        lines=[NAMED],
    )
    Request.objects.create(number="RQ-1", channel="mail", state="taken", order=order)
    assert catch(order, ge, wrong="1", right="9").made_stage == Stage.INTAKE
    edit(wang, order, 0, quantity=Decimal(2))
    assert catch(order, ge, wrong="2", right="9").made_stage == Stage.REVIEW
    move_order(by=ge, order=order, to=Status.REVIEWED)
    edit(wang, order, 0, quantity=Decimal(3))
    assert catch(order, ge, wrong="3", right="9").made_stage == Stage.ENTRY


@pytest.mark.django_db
def test_the_clerk_who_types_the_rows_of_a_request_errs_at_the_entry_though_nobody_has_reviewed_it_yet(lin, wang, ge):
    taken = create_order(by=lin, customer=make_customer(team=lin.team, clerk=wang), lines=[NAMED])
    Request.objects.create(number="RQ-1", channel="phone", state="taken", order=taken)
    edit(lin, taken, 0, quantity=Decimal(14))
    assert catch(taken, ge, wrong="14", right="41").made_stage == Stage.ENTRY
    edit(wang, taken, 0, quantity=Decimal(15))
    assert catch(taken, ge, wrong="15", right="51").made_stage == Stage.ENTRY


@pytest.mark.django_db
def test_the_same_wrong_value_caught_the_same_way_stands_once(lin, ge):
    order = entered(lin, customer_po="PO-1")
    first, again = catch(order, ge), catch(order, lin)
    assert first == again
    header = [catch(order, ge, line=None, field="customer_po", wrong="PO-1", right="PO-7") for _ in range(2)]
    assert header[0] == header[1]
    assert ErrorEvent.objects.count() == 2


@pytest.mark.django_db
def test_where_it_was_caught_says_how_much_it_weighs(lin, ge):
    order = entered(lin)
    inside = catch(order, ge)
    warehouse = catch(order, ge, caught_stage=Stage.WAREHOUSE, origin=Origin.WAREHOUSE)
    back = catch(order, ge, caught_stage=Stage.CUSTOMER, origin=Origin.RETURN)
    assert [error.severity for error in (inside, warehouse, back)] == ["S3", "S2", "S1"]
    assert [error.is_customer_visible for error in (inside, warehouse, back)] == [False, False, True]


@pytest.mark.django_db
def test_the_maker_is_told_and_the_catcher_is_not(lin, ge):
    order = entered(lin)
    catch(order, ge)
    assert lin.notices.count() == 1
    assert not ge.notices.exists()


@pytest.mark.django_db
def test_a_catch_before_the_writing_looks_no_further_than_its_moment(lin, wang, ge):
    order = entered(lin)
    moment = timezone.now()
    edit(wang, order, 0, quantity=Decimal(12))
    assert catch(order, ge, wrong="x", caught_at=moment).made_by == lin
    assert catch(order, ge, wrong="y", caught_at=timezone.now() + timedelta(seconds=1)).made_by == wang


@pytest.mark.parametrize(
    ("field", "wrong", "right", "expected"),
    [
        ("quantity", "1045", "1405", Type.TRANSPOSITION),
        ("quantity", "10", "100", Type.WRONG_QUANTITY),
        ("unit_price", "21.50", "12.50", Type.TRANSPOSITION),
        ("promised_on", "2026-12-03", "2026-12-30", Type.TRANSPOSITION),
        ("customer_po", "", "PO-7", Type.OMISSION),
        ("customer_po", "PO-7", "PO-8", Type.OTHER),
        ("product", "A-1", "B-2", Type.WRONG_ITEM),
        ("tax_rate", "13", "9", Type.TAX),
        ("ship_to_phone", "13800138000", "13800138001", Type.ADDRESS),
        ("line_removed", "皮带 10", "", Type.DUPLICATE),
        ("line_added", "", "皮带 10", Type.OMISSION),
    ],
)
def test_the_type_is_read_from_field_and_values(field, wrong, right, expected):
    assert guess_type(field, wrong, right) == expected


@given(st.text("0123456789", min_size=2, max_size=12), st.data())
def test_two_neighbours_that_changed_places_are_seen_and_other_changes_are_not(figures, drawn):
    place = drawn.draw(st.integers(0, len(figures) - 2))
    swapped = figures[:place] + figures[place + 1] + figures[place] + figures[place + 2 :]
    assert is_transposition(figures, swapped) == (figures[place] != figures[place + 1])
    assert not is_transposition(figures, figures[:place] + "x" + figures[place + 1 :])
    assert not is_transposition(figures, figures + "0")


def detected(order):
    detect_in_order(order.pk)
    return list(order.errors.filter(origin=Origin.DETECTOR))


@pytest.mark.django_db
def test_a_field_another_person_put_right_is_found_once_however_often_one_looks(lin, wang):
    order = entered(lin)
    edit(wang, order, 0, quantity=Decimal(100))
    for _look in range(3):
        (error,) = detected(order)
    assert (error.field, error.wrong_value, error.right_value) == ("quantity", "10", "100")
    assert (error.made_by, error.caught_by, error.caught_stage) == (lin, wang, Stage.COLLEAGUE)
    assert not error.is_near_miss
    assert error in ErrorEvent.objects.counted()


@pytest.mark.django_db
def test_ones_own_correction_before_verification_is_a_near_miss_and_is_not_counted(lin):
    order = entered(lin)
    edit(lin, order, 0, quantity=Decimal(100))
    (error,) = detected(order)
    assert error.is_near_miss
    assert error.caught_stage == Stage.SELF
    assert not ErrorEvent.objects.counted().exists()


@pytest.mark.django_db
def test_what_is_put_right_before_the_entry_is_no_error(lin, wang):
    order = create_order(
        by=lin,
        customer=make_customer(team=lin.team),
        lines=[LineEntry(Decimal(1), product_name="油", unit_price=Decimal(1))],
    )
    edit(wang, order, 0, quantity=Decimal(2))
    assert detected(order) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("days_ago", "found"), [(13, 1), (20, 0)])
def test_ten_working_days_after_the_writing_it_is_no_error_any_more(lin, wang, days_ago, found):
    order = entered(lin)
    moment = timezone.now() - timedelta(days=days_ago)
    order.snapshots.update(at=moment)
    order.events.update(at=moment)
    edit(wang, order, 0, quantity=Decimal(100))
    assert len(detected(order)) == found


@pytest.mark.django_db
def test_what_a_verifier_sent_back_is_not_counted_again_when_it_is_put_right(lin, wang, ge):
    order = entered(lin)
    catch(order, ge, wrong="10", right="100")
    edit(wang, order, 0, quantity=Decimal(100))
    assert detected(order) == []


@pytest.mark.django_db
def test_another_product_is_one_error_and_not_one_for_each_column_that_came_with_it(lin, wang):
    one, other = make_product(), make_product()
    order = create_order(
        by=lin, customer=make_customer(team=lin.team), lines=[LineEntry(Decimal(1), product=one, unit_price=Decimal(1))]
    )
    move_order(by=lin, order=move_order(by=lin, order=order, to=Status.REVIEWED), to=Status.ENTERED)
    row = order.lines.get()
    edit_order(
        by=wang, order=order, version=Order.objects.get(pk=order.pk).version,
        lines=[LineEntry(Decimal(1), id=row.pk, product=other, unit_price=Decimal(2))],
    )  # fmt: skip
    (error,) = detected(order)
    assert (error.field, error.wrong_value, error.right_value) == ("product_code", one.code, other.code)
    assert error.type == Type.WRONG_ITEM


@pytest.mark.django_db(transaction=True)
def test_saving_an_order_looks_for_corrections_by_itself(lin, wang):
    order = entered(lin)
    edit(wang, order, header={"ship_to": "杭州市文三路 2 号"})
    assert order.errors.get().field == "ship_to"


@pytest.mark.django_db
def test_the_daily_look_finds_what_the_save_missed(lin, wang):
    order = entered(lin)
    edit(wang, order, 0, quantity=Decimal(100))
    assert detect_everywhere() == 1
    assert order.errors.count() == 1
    assert detect_everywhere(timezone.now() + timedelta(days=1)) == 0


@pytest.mark.django_db
def test_a_dispute_is_opened_by_the_maker_and_decided_by_a_third_person(lin, wang, ge, team):
    boss = make_user("boss", Role.MANAGER, team=team)
    error = catch(entered(lin), ge)
    with pytest.raises(OrderError):
        dispute_error(by=wang, error=error, reason="not mine")
    with pytest.raises(OrderError):
        dispute_error(by=lin, error=error, reason="  ")
    dispute_error(by=lin, error=error, reason="The mail said 10.")
    for person in (lin, ge, wang):
        with pytest.raises(OrderError):
            rule_error(by=person, error=error, upheld=False, ruling="so")
    ruled = rule_error(by=boss, error=error, upheld=False, ruling="The mail did say 10.")
    assert ruled.dispute == ErrorEvent.Dispute.WITHDRAWN
    assert not ErrorEvent.objects.counted().exists()
    assert [entry.kind for entry in error.entries.all()] == ["recorded", "disputed", "ruled"]
    with pytest.raises(OrderError):
        rule_error(by=boss, error=error, upheld=True, ruling="again")


@pytest.mark.django_db
def test_a_manager_who_made_or_caught_it_does_not_decide(lin, team):
    boss, other = (make_user(name, Role.MANAGER, team=team) for name in ("boss", "other"))
    error = catch(entered(lin), boss)
    dispute_error(by=lin, error=error, reason="no")
    with pytest.raises(OrderError):
        rule_error(by=boss, error=error, upheld=True, ruling="yes")
    assert rule_error(by=other, error=error, upheld=True, ruling="yes").dispute == "upheld"


@pytest.mark.django_db
def test_cost_and_cause_are_kept_with_what_they_were(lin, ge):
    error = catch(entered(lin), ge)
    judged = judge_error(by=ge, error=error, version=1, cost=Decimal("120.50"), cost_minutes=15, cause="fatigue")
    assert (judged.cost, judged.cost_minutes, judged.cause, judged.version) == (Decimal("120.50"), 15, "fatigue", 2)
    entry = error.entries.get(kind="changed")
    assert (entry.before["cause"], entry.after["cause"], entry.by) == ("unknown", "fatigue", ge)
    with pytest.raises(OrderError):
        judge_error(by=ge, error=error, version=1, cause="default")
    with pytest.raises(OrderError):
        judge_error(by=lin, error=error, version=2, severity="S4")
