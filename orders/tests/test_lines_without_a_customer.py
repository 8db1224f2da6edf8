"""Rows without a customer wait in a list until somebody says whose they are."""

import threading
from contextlib import nullcontext
from decimal import Decimal

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import Sum
from django.urls import reverse

from customers.factories import make_customer
from customers.models import Customer
from orders.actions import assign
from orders.actions.enter import create_order
from orders.errors import OrderError
from orders.models import Order, OrderLine, UnassignedLine
from orders.rows import LineEntry
from orders.tests.sheets import bring_in, write_sheet
from orders.unassigned import waiting_lines, waiting_orders
from orders.views.unassigned import MOST_CHOSEN
from salesops.jobs.engine import enqueue, run_now
from salesops.jobs.models import Job
from salesops.jobs.pulse import WORKER_STOPS
from salesops.money import round_money
from salesops.spreadsheets.models import ImportBatch
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
HEAD = ["单据编号", "单据日期", "往来单位", "品名", "数量", "单价", "金额"]
ROWS = [
    ["1", "2026-03-02", "", "货", "2", "5", "10"],
    ["1", "2026-03-02", "", "物", "1", "5", "5"],
    ["2", "2026-03-02", "", "货", "1", "5", "5"],
]


@pytest.fixture
def lin(client, tmp_path):
    """A clerk who brought three such rows in."""
    user = make_user("lin", Role.CLERK, team=make_team())
    bring_in(write_sheet(tmp_path, [HEAD, *ROWS]), user="lin")
    client.force_login(user)
    return user


def waiting(client, query=""):
    return client.get(reverse("orders:unassigned") + query).content.decode()


def row_of(number):
    return UnassignedLine.objects.filter(source_number=number).order_by("pk")[0].pk


def test_a_chosen_order_takes_all_its_waiting_rows_with_it(client, lin):
    customer = make_customer(code="K1", name="甲公司", team=lin.team)
    page = waiting(client)
    assert page.count('name="order"') == 2
    assert "15.00" in page
    answer = client.post(reverse("orders:assign"), {"customer": "k1", "order": [row_of("1")]})
    assert answer.status_code == 302
    made = Order.objects.get()
    assert (made.customer, made.source_number, made.total, made.line_count) == (customer, "1", 15, 2)
    assert [line["product_name"] for line in made.snapshots.get(revision=0).content["lines"]] == ["货", "物"]
    assert made.events.get().kind == "created"
    assert set(made.lines.values_list("pk", flat=True)) == set(
        UnassignedLine.objects.filter(source_number="1").values_list("assigned_to", flat=True)
    )
    assert waiting(client).count('name="order"') == 1


def test_an_order_opens_its_rows_to_choose_among_them(client, lin):
    make_customer(code="K1", name="甲公司", team=lin.team)
    first = row_of("1")
    page = waiting(client, f"?order={first}")
    assert page.count('name="line"') == 2
    client.post(reverse("orders:assign"), {"customer": "K1", "line": [first]})
    assert Order.objects.get().total == 10
    assert waiting(client, f"?order={first}").count('name="line"') == 1, "the neighbour still waits"


def test_orders_are_shown_once_over_all_pages(client, lin, tmp_path):
    many = [[f"n{n % 60}", "2026-03-02", "", "货", "1", "1", "1"] for n in range(130)]
    bring_in(write_sheet(tmp_path, [HEAD, *many], "many.csv"), user="lin")
    numbers: list[tuple[str, int]] = []
    after: int | None = 0
    rows = waiting_lines(lin)
    while after is not None:
        page = waiting_orders(rows, after, 25)
        numbers += [(order.first.source_number, order.lines) for order in page.orders]
        after = page.following
    assert len(numbers) == len(set(numbers)) == 62
    assert dict(numbers)["n0"] == 3
    assert sum(lines for _, lines in numbers) == 133


def test_rows_without_a_number_stand_for_themselves(client, lin, tmp_path):
    head = ["单据日期", "往来单位", "品名", "数量", "单价"]
    rows = [["2026-03-02", "", "货", "1", "5"], ["2026-03-02", "", "物", "1", "7"]]
    bring_in(write_sheet(tmp_path, [head, *rows], "plain.csv"), user="lin")
    make_customer(code="K1", name="甲公司", team=lin.team)
    assert waiting(client).count('name="order"') == 4
    client.post(reverse("orders:assign"), {"customer": "K1", "order": [row_of("")]})
    assert Order.objects.get().total == 5


def test_a_product_code_finds_whole_orders(client, lin, tmp_path):
    head = [*HEAD, "商品编码"]
    rows = [["7", "2026-03-02", "", "货", "1", "5", "5", "A"], ["7", "2026-03-02", "", "货", "1", "5", "5", "B"]]
    bring_in(write_sheet(tmp_path, [head, *rows], "codes.csv"), user="lin")
    make_customer(code="K1", name="甲公司", team=lin.team)
    assert waiting(client, "?q=A").count('name="order"') == 1
    client.post(reverse("orders:assign") + "?q=A", {"customer": "K1", "everything": "1"})
    assert Order.objects.get().line_count == 2
    assert UnassignedLine.objects.filter(assigned_to=None).count() == 3


def test_all_of_an_import_is_assigned_in_the_background(client, lin, tmp_path):
    many = [[f"n{n}", f"2026-03-{n % 28 + 1:02}", "", "货", "1", "1.005", ""] for n in range(MOST_CHOSEN + 1)]
    bring_in(write_sheet(tmp_path, [HEAD, *many], "many.csv"), user="lin")
    batch = ImportBatch.objects.get(file_name="many.csv")
    customer = make_customer(code="K1", name="甲公司", team=lin.team)
    answer = client.post(f"{reverse('orders:assign')}?batch={batch.pk}", {"customer": "K1", "everything": "1"})
    job = Job.objects.get(kind="orders.assign")
    assert answer.url == reverse("jobs:detail", args=[job.pk])
    assert not Order.objects.exists()
    run_now(job)
    assert job.state == Job.State.DONE
    orders = Order.objects.filter(customer=customer)
    assert orders.count() == MOST_CHOSEN + 1
    assert sum(orders.values_list("net", flat=True)) == round_money(Decimal("1.005") * (MOST_CHOSEN + 1))
    assert orders.aggregate(Sum("line_count"))["line_count__sum"] == OrderLine.objects.count() == MOST_CHOSEN + 1
    assert UnassignedLine.objects.filter(assigned_to=None).count() == 3


def test_a_background_job_of_who_may_no_more_changes_nothing(client, lin):
    customer = make_customer(code="K1", name="甲公司", team=lin.team)
    choice = {"batch": 0, "text": "", "orders": [], "lines": [], "everything": True}
    job = enqueue("orders.assign", arguments={"customer": customer.pk, "choice": choice}, owner=lin)
    lin.is_active = False
    lin.save()
    run_now(job)
    assert job.state == Job.State.FAILED
    assert not Order.objects.exists()


def test_chosen_rows_become_one_order_a_number_for_the_customer(client, lin):
    make_customer(code="K1", name="甲公司", team=lin.team)
    ids = list(UnassignedLine.objects.values_list("pk", flat=True))
    client.post(reverse("orders:assign"), {"customer": "k1", "line": ids})
    first, second = Order.objects.order_by("source_number")
    assert [first.total, first.line_count] == [15, 2]
    assert [second.source_number, second.total] == ["2", 5]
    assert not UnassignedLine.objects.filter(assigned_to__isnull=True).exists()
    assert 'name="order"' not in waiting(client)


def test_an_unknown_customer_leaves_the_rows_and_the_choice_where_they_are(client, lin):
    chosen = row_of("2")
    answer = client.post(reverse("orders:assign"), {"customer": "谁", "order": [chosen]})
    assert answer.status_code == 422
    assert f'value="{chosen}" checked'.encode() in answer.content
    assert not Order.objects.exists()


def test_nobody_assigns_rows_of_another_team_or_a_row_twice(client, lin):
    other = make_user("he", Role.CLERK, team=make_team())
    make_customer(code="K2", name="乙公司", team=other.team)
    chosen = UnassignedLine.objects.order_by("pk")[0].pk
    client.force_login(other)
    assert 'name="order"' not in waiting(client)
    for name in ("line", "order"):
        assert client.post(reverse("orders:assign"), {"customer": "K2", name: [chosen]}).status_code == 422
    assert 'name="line"' not in waiting(client, f"?order={chosen}")
    assert not Order.objects.exists()
    client.force_login(make_user("wu", Role.WAREHOUSE))
    assert client.get(reverse("orders:unassigned")).status_code == 403


@pytest.fixture
def _in_small_pieces(monkeypatch):
    monkeypatch.setattr(assign, "PIECE", 2)


def a_waiting_job(lin, customer, lines=7, tmp_path=None):
    many = [[f"n{n}", "2026-03-02", "", "货", "1", "1.005", ""] for n in range(lines)]
    bring_in(write_sheet(tmp_path, [HEAD, *many], "many.csv"), user="lin")
    batch = ImportBatch.objects.get(file_name="many.csv")
    choice = {"batch": batch.pk, "text": "", "orders": [], "lines": [], "everything": True}
    return enqueue("orders.assign", arguments={"customer": customer.pk, "choice": choice}, owner=lin)


def save_beside(customer, person):
    """Another clerk enters an order for the same customer, and does not wait for anybody; whether it was saved."""
    saved = []

    def work():
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "PRAGMA busy_timeout = 50" if connection.vendor == "sqlite" else "SET lock_timeout = '50ms'"
                )
            create_order(
                by=person, customer=customer, lines=[LineEntry(Decimal(1), product_name="油", unit_price=Decimal(5))]
            )
            saved.append(True)
        except OperationalError:
            saved.append(False)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return saved == [True]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("in_one", [False, True])
@pytest.mark.usefixtures("_in_small_pieces")
def test_another_clerk_saves_between_two_pieces(lin, tmp_path, in_one):
    customer = make_customer(code="K1", name="甲公司", team=lin.team)
    a_waiting_job(lin, customer, tmp_path=tmp_path)
    he, saved = make_user("he", Role.CLERK, team=lin.team), []
    around = transaction.atomic() if in_one else nullcontext()  # the control: all pieces in one transaction, as before
    with around:
        assign.assign_rows(
            by=lin, rows=waiting_lines(lin), customer=customer,
            watch=lambda done, total: saved.append(save_beside(customer, he)),
        )  # fmt: skip
    assert len(saved) > 3
    assert set(saved) == {not in_one}


@pytest.mark.usefixtures("_in_small_pieces")
def test_an_assignment_that_fails_midway_keeps_its_pieces_and_is_begun_again_for_the_rest(
    client, lin, tmp_path, monkeypatch
):
    customer = make_customer(code="K1", name="甲公司", team=lin.team)
    job = a_waiting_job(lin, customer, tmp_path=tmp_path)
    monkeypatch.setenv("SALESOPS_TESTING", "1")
    monkeypatch.setenv("SALESOPS_FAILPOINTS", f"{assign.BETWEEN}=raise")
    run_now(job)
    assert (job.state, Order.objects.count()) == (Job.State.FAILED, 2)
    page = client.get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert "What was done before stays" in page
    monkeypatch.delenv("SALESOPS_FAILPOINTS")
    run_now(enqueue("orders.assign", arguments=job.arguments, owner=lin))
    numbers = sorted(Order.objects.filter(customer=customer).values_list("source_number", flat=True))
    assert numbers == [f"n{n}" for n in range(7)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_in_small_pieces")
def test_a_worker_that_is_stopped_leaves_its_pieces_and_the_next_run_goes_on(lin, tmp_path):
    customer = make_customer(code="K1", name="甲公司", team=lin.team)
    job = a_waiting_job(lin, customer, tmp_path=tmp_path)
    WORKER_STOPS.set()
    try:
        run_now(job)
    finally:
        WORKER_STOPS.clear()
    assert (job.state, Order.objects.count()) == (Job.State.QUEUED, 2)
    taken = UnassignedLine.objects.filter(source_number="n6")
    assign.assign_lines(by=lin, line_ids=list(taken.values_list("pk", flat=True)), customer=customer)
    run_now(job)
    assert job.state == Job.State.DONE
    numbers = sorted(Order.objects.filter(customer=customer).values_list("source_number", flat=True))
    assert numbers == [f"n{n}" for n in range(7)]
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED, lease_until=None)  # died before it could say so
    run_now(job)
    assert (job.state, Order.objects.count()) == (Job.State.DONE, 7)


@pytest.mark.usefixtures("_in_small_pieces")
def test_a_customer_blocked_meanwhile_ends_it_and_the_rest_goes_on_waiting(lin, tmp_path):
    customer = make_customer(code="K1", name="甲公司", team=lin.team)
    a_waiting_job(lin, customer, tmp_path=tmp_path)
    told = []

    def meanwhile(done, total):
        told.append((done, total))
        Customer.objects.filter(pk=customer.pk).update(is_blocked=True)

    with pytest.raises(OrderError):
        assign.assign_rows(by=lin, rows=waiting_lines(lin), customer=customer, watch=meanwhile)
    assert [done for done, _total in told] == [told[0][0]]
    assert Order.objects.filter(customer=customer).exists()
    assert waiting_lines(lin).count() == told[0][1] - told[0][0]
