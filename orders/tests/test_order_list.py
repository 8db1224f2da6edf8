"""The list of orders: what people see in it, narrow it by, keep of it and take out of it."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.factories import make_customer
from customers.searching import write_grams
from orders.factories import make_order
from orders.listings import orders
from orders.models import Order
from orders.status import Status
from salesops.audit.models import AuditEntry
from salesops.jobs.engine import run_now
from salesops.jobs.models import Job
from salesops.listing.listing import BulkDeed, DeedResult
from salesops.listing.models import SavedView
from salesops.listing.neighbours import neighbours
from salesops.web.navigation import ways_for
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
NUMBER = re.compile(r'class="wb-main-link" href="[^"]*">([^<]+)</a>')


@pytest.fixture
def manager():
    return make_user("chen", Role.MANAGER)


@pytest.fixture
def page(client, manager):
    client.force_login(manager)

    def get(query="", **headers):
        return client.get(f"/orders/{query}", headers=headers)

    return get


def numbers(response):
    assert response.status_code == 200
    return NUMBER.findall(response.content.decode())


def test_newest_orders_stand_first_and_each_link_leads_to_its_order(page):
    now = timezone.now()
    made = [make_order(lines=1, received_at=now - timedelta(hours=age)) for age in range(3)]
    response = page()
    assert numbers(response) == [order.number for order in made]
    assert f'href="/orders/{made[0].pk}/?from=all"' in response.content.decode()


def test_a_clerk_sees_only_the_orders_of_the_own_team(client):
    mine, other = make_team(), make_team()
    clerk = make_user("lin", Role.CLERK, team=mine)
    ours = make_order(lines=1, team=mine)
    make_order(lines=1, team=other)
    client.force_login(clerk)
    assert numbers(client.get("/orders/")) == [ours.number]


def test_what_a_customer_is_called_never_becomes_markup(page):
    make_order(lines=1, customer_name="<script>alert(1)</script>", customer_po='"><img src=x>')
    text = page().content.decode()
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_htmx_gets_the_list_alone_with_its_spoken_status(page):
    make_order(lines=1)
    text = page("", HX_Request="true", HX_Target="list").content.decode()
    assert "<html" not in text
    assert 'id="list-status" hx-swap-oob="true"' in text
    assert page("", HX_Request="true").content.decode().startswith("<!doctype html>")


def test_filters_narrow_and_are_chips_that_name_what_they_remove(page):
    kept = make_order(lines=1, channel="mail", state=Status.CONFIRMED)
    make_order(lines=1, channel="web", state=Status.CONFIRMED)
    response = page("?channel=mail&channel=phone&state=confirmed")
    assert numbers(response) == [kept.number]
    text = response.content.decode()
    assert 'aria-label="Remove filter Channel Mail, Phone"' in text
    assert 'href="/orders/?state=confirmed" aria-label="Remove filter Channel' in text


def test_days_are_days_of_the_reader(client):
    make_order(lines=1, number="EVENING", received_at="2026-11-20T15:59:00Z")
    make_order(lines=1, number="NIGHT", received_at="2026-11-20T16:01:00Z")
    for zone, expected in (("Asia/Shanghai", ["EVENING"]), ("UTC", ["NIGHT", "EVENING"])):
        client.force_login(make_user(f"in-{zone[:3]}", Role.MANAGER, time_zone=zone))
        assert numbers(client.get("/orders/?received_from=2026-11-20&received_to=2026-11-20")) == expected


def test_a_number_a_purchase_order_or_a_customer_finds_orders(page):
    customer = make_customer(name="北京紫光测试有限公司")
    write_grams([customer])
    theirs = make_order(customer=customer, lines=1, number="SO-1", customer_po="LT-77")
    make_order(lines=1, number="SO-2", source_number="web-900")
    for text in ("so-1", "SO-1", "LT-7", "紫光", "bjzg", "ＳＯ-1"):
        assert numbers(page(f"?q={text}")) == [theirs.number], text
    assert numbers(page("?q=web-9")) == ["SO-2"]
    assert numbers(page("?q=xyzq")) == []


def test_an_empty_filter_says_which_one_to_drop(page, client):
    make_order(lines=1, channel="mail")
    assert "Nothing fits all 2 filters" in page("?channel=mail&state=closed").content.decode()
    text = client.get("/lists/orders/parts/loosen/?channel=mail&state=closed").content.decode()
    assert "Without “State Closed” there are 1." in text
    assert "Without “Channel" not in text


def test_an_empty_house_says_what_fills_the_list(page):
    assert "No orders yet" in page().content.decode()


def test_tabs_count_what_waits(page, client):
    make_order(lines=1, state=Status.RECEIVED)
    make_order(lines=1, state=Status.CLARIFYING)
    make_order(lines=1, state=Status.ENTERED, due_at=timezone.now() - timedelta(hours=1))
    text = client.get("/lists/orders/parts/counts/").content.decode() if page() else ""
    assert re.search(r"To review <span class=\"c\">2</span>", text)
    assert re.search(r"Late <span class=\"c c--bad\">1</span>", text)


def test_a_sum_is_told_for_each_currency(page, client):
    make_order(lines=[{"quantity": Decimal(2), "unit_price": Decimal(50)}])
    make_order(lines=[{"quantity": Decimal(1), "unit_price": Decimal(7)}], currency="USD")
    page()
    assert "sum ¥ 100.00 + US$ 7.00" in client.get("/lists/orders/parts/sum/").content.decode()


def test_own_views_columns_and_density_are_kept(page, client, manager):
    make_order(lines=1, channel="mail")
    page()  # fills the cache, so that keeping must empty it
    client.post("/lists/orders/views/save/", {"name": " Mail  only ", "query": "channel=mail&evil=1&page=last"})
    view = SavedView.objects.get()
    assert (view.owner, view.name, view.query) == (manager, "Mail only", "channel=mail")
    chosen = {"column": ["channel", "nonsense"], "density": "roomy", "next": "https://evil.example/"}
    assert client.post("/lists/orders/columns/", chosen)["Location"] == "/orders/"
    text = page(f"?channel=mail&saved={view.pk}").content.decode()
    assert re.search(r'aria-current="page">Mail only', text)
    assert "wb-table--roomy" in text
    heads = re.findall(r"<th(?: [^>]*)?>(?:<a[^>]*>)?([^<]*)", text)
    assert heads == ["", "Order number", "Channel"]  # the first is the box to select a row
    assert client.post(f"/lists/orders/views/{view.pk}/delete/").status_code == 302
    assert client.post(f"/lists/orders/views/{view.pk}/delete/").status_code == 404


def test_a_view_of_somebody_else_cannot_be_deleted(page, client):
    other = SavedView.objects.create(owner=make_user("other"), listing="orders", name="theirs", query="")
    page()
    assert client.post(f"/lists/orders/views/{other.pk}/delete/").status_code == 404
    assert SavedView.objects.filter(pk=other.pk).exists()


def test_neighbours_walk_the_list_one_came_from(manager):
    now = timezone.now()
    made = [make_order(lines=1, channel="mail", received_at=now - timedelta(hours=age)) for age in range(3)]
    make_order(lines=1, channel="web", received_at=now - timedelta(minutes=90))
    found = neighbours(orders, manager, "channel=mail", made[1].pk)
    assert found.previous_url == f"/orders/{made[0].pk}/?from=channel%3Dmail"
    assert found.next_url == f"/orders/{made[2].pk}/?from=channel%3Dmail"
    assert found.list_url == "/orders/?channel=mail"
    assert neighbours(orders, manager, "all", made[0].pk).previous_url is None
    assert neighbours(orders, manager, "", made[1].pk).next_url is None


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_export_holds_exactly_what_is_filtered_and_leaves_a_trace(client, kind, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    team = make_team()
    clerk = make_user("lin", Role.CLERK, team=team)
    client.force_login(clerk)
    kept = make_order(lines=1, team=team, channel="mail", customer_name="=1+1", due_at=None)
    make_order(lines=1, team=team, channel="web")
    make_order(lines=1, team=make_team(), channel="mail")
    asked = client.post("/lists/orders/export/", {"query": "channel=mail", "format": kind})
    job = Job.objects.get()
    assert asked["Location"] == f"/jobs/{job.pk}/"
    run_now(job)
    assert (job.state, job.result["rows"]) == (Job.State.DONE, 1)
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(job.result_file.read().decode("utf-8-sig"))))
        assert rows[0][:2] == ["Order number", "Customer"]
        assert len(rows) == 2
        assert rows[1][:2] == [kept.number, "'=1+1"]
    assert AuditEntry.objects.filter(deed="exported", by=clerk).count() == 1


def test_who_may_not_export_is_refused_also_when_the_right_went_after_asking(client):
    seller = make_user("gu", Role.SALESPERSON)
    client.force_login(seller)
    assert client.post("/lists/orders/export/", {"query": ""}).status_code == 403
    clerk = make_user("lin", Role.CLERK)
    client.force_login(clerk)
    client.post("/lists/orders/export/", {"query": ""})
    clerk.role_assignments.all().delete()
    job = Job.objects.get()
    run_now(job)
    assert (job.state, job.error) == (Job.State.FAILED, "You may not export this list.")


def test_a_bulk_deed_gets_only_visible_rows(client, monkeypatch):
    got = []

    def run(person, ids, fields):
        got.append((list(ids), fields["choice"]))
        return DeedResult("Done to them.", undo_url="/undo/")

    deed = BulkDeed("mark", "Mark", "enter_orders", run)
    monkeypatch.setattr(type(orders), "bulk_deeds", property(lambda _self: (deed,)), raising=False)
    team = make_team()
    ours, theirs = make_order(lines=1, team=team), make_order(lines=1, team=make_team())
    client.force_login(make_user("lin", Role.CLERK, team=team))
    body = {"id": [ours.pk, theirs.pk, "x", 2**70], "mark_choice": "7", "next": "/orders/?state=received"}
    assert client.post("/lists/orders/deeds/mark/", body)["Location"] == "/orders/?state=received"
    assert got == [([ours.pk], "7")]
    client.force_login(make_user("gu", Role.SALESPERSON))
    assert client.post("/lists/orders/deeds/mark/", body).status_code == 403
    assert client.post("/lists/orders/deeds/other/", body).status_code == 404


NASTY = [
    "'", '"', "' OR 1=1 --", "%00", "%ED%A0%80", "%FF", "\\", "%25", "_", "<script>", "{{7*7}}", "${7}", "../../etc/passwd",
    "a" * 5000, "-", "--received", "received;drop", "owner__password", "pk", "?", "-1", "0", "1e309", "NaN", "Infinity",
    "9" * 40, "0x10", "١٢", "1_000", "2026-13-40", "0000-00-00", "9999-12-31", "0001-01-01", "%F0%9F%92%A9", "%E2%80%AE",
    "%0d%0aSet-Cookie:a", "[]", "{}", "null", "true", "a.", "b.W10", "a.bnVsbA", "a.WzEsMSxudWxsXQ", "last&page=first",
    "a.WyI5OTk5LTEyLTMxVDIzOjU5OjU5LjAwMFoiLDEsMF0", "a.WyIwMDAxLTAxLTAxIiwxLDBd", "a.W1tdLDEsMF0", "a.WzFlNDAwLDEsMF0",
    "me", "nobody",
]  # fmt: skip
PARAMETERS = ["sort", "page", "q", "state", "received", "received_from", "total_min", "clerk", "customer", "per", "view", "saved"]  # fmt: skip


@time_machine.travel(datetime.now(UTC), tick=False)  # counts grow old and sessions are touched by the clock alone
def test_no_address_breaks_the_list_or_costs_more_statements(page, manager):
    for _ in range(3):
        make_order(lines=1)
    page()
    with CaptureQueriesContext(connection) as plain:
        page("?state=received")
    tried = 0
    for parameter in PARAMETERS:
        for value in NASTY:
            ways_for(manager, "/")
            with CaptureQueriesContext(connection) as taken:
                response = page(f"?{parameter}={value}")
            tried += 1
            assert response.status_code in {200, 400}, (parameter, value)
            # A text asks the three numbers and the customers first; a person or a customer is named on its chip.
            extra = {"q": 10, "clerk": 1, "customer": 1}.get(parameter, 0)
            assert len(taken) <= len(plain) + 1 + extra, (parameter, value)
    assert tried == len(PARAMETERS) * len(NASTY) >= 100
    assert Order.objects.count() == 3


def test_a_parameter_that_means_nothing_is_said_and_left_out(page):
    made = make_order(lines=1)
    response = page("?total_min=plenty&unknown=1")
    assert numbers(response) == [made.number]
    assert "Amount: write a number such as 1000 or 99.50." in response.content.decode()


def test_orders_are_narrowed_by_the_region_of_their_customer(page):
    east, west = make_customer(region="华东"), make_customer(region="西南")
    here = make_order(lines=1, customer=east)
    make_order(lines=1, customer=west)
    assert numbers(page("?region=华东")) == [here.number]
    assert "华东" in page("?region=华东").content.decode()
    assert numbers(page("?region=无此区")) == []
