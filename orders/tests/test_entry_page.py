"""The entry page's questions and answers: what travels, what is checked, what a draft keeps, what is refused."""

import json
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from customers.factories import make_customer, make_product
from customers.models import CustomerPartNumber, CustomerPrice
from orders.entry.rows import rows_of
from orders.factories import make_order
from orders.models import EntryDraft, Order
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def clerk(team):
    return make_user("lin", Role.CLERK, team=team)


@pytest.fixture
def customer(team):
    return make_customer(name="杭州澜庭办公用品有限公司", team=team)


@pytest.fixture
def paper():
    return make_product(code="ZP-A4", name="复印纸 A4", unit="箱", list_price=Decimal("113"), tax_rate="13")


@pytest.fixture
def page(client, clerk):
    client.force_login(clerk)
    return client


def post(client, name, **body):
    return client.post(reverse(f"orders:entry_{name}"), json.dumps(body), content_type="application/json")


def row(key="a", product="ZP-A4", quantity="2", **values):
    return {"key": key, "product": product, "quantity": quantity, "from": {"unit_price": "default"}, **values}


def keep(client, customer, *rows, sequence=1, **body):
    body = {"token": str(uuid4()), "customer": customer.pk, "rows": list(rows), **body}
    return post(client, "keep", sequence=sequence, **body).json()


def submit(client, customer, *rows, **body):
    return post(client, "submit", **{"token": str(uuid4()), "customer": customer.pk, "rows": list(rows), **body})


def test_a_changed_row_comes_back_with_price_reason_and_amounts(page, customer, paper):
    CustomerPrice.objects.create(customer=customer, product=paper, from_quantity=10, price=Decimal("100"))
    one, ten = keep(page, customer, row("a"), row("b", quantity="10"))["rows"]
    assert (one["unit_price"], one["amount"], one["net"]) == ("113", "226.00", "200.00")
    assert (ten["unit_price"], ten["amount"]) == ("100", "1000.00")
    assert "10" in ten["reason"]


def test_a_submitted_page_makes_one_order_however_often_it_is_sent(page, customer, paper):
    body = {"token": str(uuid4()), "header": {"customer_po": "PO-1", "channel": "phone"}, "total": "226.00"}
    first, second = (submit(page, customer, row(), **body) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert first.json()["url"] == second.json()["url"]
    order = Order.objects.get()
    assert (order.customer_po, order.total, order.lines.get().price_reason) == ("PO-1", Decimal("226"), "list_price||")
    assert not EntryDraft.objects.exists()


def test_a_total_the_clerk_did_not_see_is_not_written(page, customer, paper):
    answer = submit(page, customer, row(), total="200.00")
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["field"] == "total"
    assert not Order.objects.exists()


def test_an_older_write_never_wins_over_a_newer_one(page, customer, paper):
    token = str(uuid4())
    assert keep(page, customer, row(quantity="5"), sequence=7, token=token)["taken"]
    late = keep(page, customer, row(quantity="1"), sequence=6, token=token)
    assert (late["taken"], late["sequence"]) == (False, 7)
    assert EntryDraft.objects.get().content["rows"]["a"]["quantity"] == "5"


def test_only_what_changed_travels_and_the_rest_stays(page, customer, paper):
    token = str(uuid4())
    keep(page, customer, row("a"), row("b"), keys=["a", "b"], token=token)
    keep(page, customer, row("b", quantity="9"), {"key": "a", "gone": True}, sequence=2, token=token)
    content = EntryDraft.objects.get().content
    assert content["keys"] == ["b"]
    assert content["rows"]["b"]["quantity"] == "9"


def test_a_draft_comes_back_with_its_rows_and_only_to_its_owner(page, client, customer, paper, team):
    token = str(uuid4())
    keep(page, customer, row(quantity="42"), token=token)
    assert '"42"' in page.get(reverse("orders:entry"), {"draft": token}).content.decode()
    client.force_login(make_user("he", Role.CLERK, team=team))
    assert '"42"' not in client.get(reverse("orders:entry"), {"draft": token}).content.decode()
    assert post(client, "keep", token=token, sequence=9, rows=[]).status_code == 409
    assert post(client, "discard", token=token).json() == {"gone": False}


def test_a_note_goes_on_with_a_reason_and_not_without(page, customer, paper):
    paper.pack_size = Decimal(5)
    paper.save()
    answer = submit(page, customer, row(), total="226.00")
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["field"] == "quantity"
    assert submit(page, customer, row(remarks="放前台"), total="226.00").status_code == 422  # no reason of ours
    assert submit(page, customer, row(why="客户只要两箱", remarks="放前台"), total="226.00").status_code == 200
    order = Order.objects.get()
    assert order.lines.get().remarks == "放前台"  # what is printed says nothing of why
    shown = page.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert "客户只要两箱" in shown
    again = page.get(reverse("orders:entry_of", args=[order.pk])).context["begin"]
    assert again["rows"][0]["why"] == "客户只要两箱"
    (line,) = rows_of(order, as_copy=True)
    assert "why" not in line


@pytest.mark.parametrize("source", ["parsed", "last", "typed"])
def test_what_is_remarked_on_a_row_is_no_reason(page, customer, paper, source):
    paper.pack_size = Decimal(12)
    paper.save()
    remarked = row(quantity="13", remarks="急", **{"from": {"unit_price": "default", "remarks": source}})
    assert [fault["field"] for fault in submit(page, customer, remarked, total="1469.00").json()["faults"]] == [
        "quantity"
    ]
    reasoned = row(
        quantity="13", remarks="急", why="客户坚持", **{"from": {"unit_price": "default", "remarks": source}}
    )
    assert submit(page, customer, reasoned, total="1469.00").status_code == 200


def test_a_discontinued_product_offers_its_substitute(page, customer, paper):
    make_product(code="OLD", is_discontinued=True, substitute=paper)
    (told,) = keep(page, customer, row(product="OLD"))["rows"]
    check = told["checks"][0]
    assert (check["level"], check["field"]) == ("error", "product")
    assert check["remedies"][0]["value"] == "ZP-A4"


def test_price_quantity_po_and_day_are_asked_about(page, customer, paper):
    paper.floor_price = Decimal("80")
    paper.save()
    make_order(customer=customer, customer_po="PO-9", lines=[{"product": paper, "quantity": Decimal(3)}])
    price = {"unit_price": "70", "from": {"unit_price": "typed"}}
    told = keep(
        page, customer, row(quantity="10", **price), header={"customer_po": "PO-9", "requested_on": "2026-11-29"}
    )
    (answer,) = told["rows"]
    found = {(check["level"], check["field"]) for check in answer["checks"]}
    assert found == {("note", "quantity"), ("hold", "unit_price"), ("note", "unit_price")}
    assert {(check["level"], check["field"]) for check in told["header"]} >= {
        ("hold", "customer_po"),
        ("note", "requested_on"),
    }


def test_a_customers_own_part_number_finds_the_product(page, customer, paper):
    CustomerPartNumber.objects.create(customer=customer, product=paper, number="LT-1001")
    hits = page.get(reverse("orders:entry_products"), {"q": "lt-10", "customer": customer.pk}).json()["hits"]
    assert [(hit["code"], hit["part"], hit["price"]) for hit in hits] == [("ZP-A4", "LT-1001", "113")]


def test_two_hundred_pasted_rows_are_mapped_in_one_request_and_remembered(page, customer, paper):
    lines = "\r\n".join(f"ZP-A4\t复印纸\t{n}\t113.00" for n in range(1, 201))
    told = post(page, "paste", text=lines, customer=customer.pk).json()
    assert [column["field"] for column in told["columns"]] == ["product", "product_name", "quantity", "unit_price"]
    assert len(told["rows"]) == len(told["answers"]) == 200
    assert told["answers"][9]["amount"] == "1130.00"
    chosen = {"product": 0, "remarks": 1, "quantity": 2}
    post(page, "paste", text=lines, customer=customer.pk, columns=chosen)
    again = post(page, "paste", text=lines, customer=customer.pk).json()
    assert [column["field"] for column in again["columns"]] == ["product", "remarks", "quantity", ""]


def test_headings_of_a_sheet_say_what_is_in_the_columns(page, customer, paper):
    CustomerPartNumber.objects.create(customer=customer, product=paper, number="LT-1")
    told = post(page, "paste", text="数量\t客户料号\t备注\n3\tLT-1\t急\n", customer=customer.pk).json()
    assert [column["field"] for column in told["columns"]] == ["quantity", "customer_part_number", "remarks"]
    assert told["answers"][0]["product"]["code"] == "ZP-A4"


def test_five_hundred_rows_are_kept_checked_and_submitted(page, customer, paper, django_assert_max_num_queries):
    rows = [row(f"r{n}", quantity=str(n % 7 + 1), due_on="2099-01-05") for n in range(500)]
    with django_assert_max_num_queries(40):
        told = keep(page, customer, *rows)
    assert len(told["rows"]) == 500
    total = sum(Decimal(answer["amount"]) for answer in told["rows"])
    assert submit(page, customer, *rows, total=str(total)).status_code == 200
    assert Order.objects.get().line_count == 500


def test_two_people_at_one_order_see_what_differs_and_lose_nothing(page, customer, paper):
    order = make_order(customer=customer, lines=[{"product": paper, "quantity": Decimal(2)}])
    line = order.lines.get()
    mine = row(f"l{line.pk}", id=line.pk, quantity="4", touched=True)
    Order.objects.filter(pk=order.pk).update(version=order.version + 1)
    told = submit(page, customer, mine, order=order.pk, version=order.version, total="452.00")
    assert told.status_code == 409
    assert ("2", "4") in [(each["stored"], each["typed"]) for each in told.json()["differences"]]
    assert [(each["id"], each["quantity"]) for each in told.json()["rows"]] == [(line.pk, "2")]
    again = submit(page, customer, mine, order=order.pk, version=told.json()["version"], total="452.00")
    assert again.status_code == 200
    assert order.lines.get().quantity == 4


TOKEN = "8a3c5ac2-c13a-4ac3-b79d-e7900f74113a"  # the same in every worker, so that they collect the same tests


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "null", '{"token": 5}', '{"token": "x", "sequence": 1}',
        json.dumps({"token": TOKEN, "sequence": -1}),
        json.dumps({"token": TOKEN, "sequence": 1, "rows": {"a": 1}}),
        json.dumps({"token": TOKEN, "sequence": 1, "rows": [{"key": "a b"}]}),
        json.dumps({"token": TOKEN, "sequence": 1, "rows": [], "keys": [{}]}),
        json.dumps({"token": TOKEN, "sequence": 1, "rows": [{"key": "a"}] * 2001}),
        "[" * 100_000,
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_is_refused(page, body):
    answer = page.post(reverse("orders:entry_keep"), body, content_type="application/json")
    assert answer.status_code == 400


def test_strange_values_are_faults_and_never_failures(page, customer, paper):
    odd = ["NaN", "1e999", "-0", "٣", "1" * 400, {"a": 1}, [1], True, None, 1.5, "=1+1", "\0"]
    rows = [
        row(f"r{n}", quantity=value, unit_price=value, due_on=value, id=value, **{"from": value})
        for n, value in enumerate(odd)
    ]
    told = keep(
        page, customer, *rows, header={"requested_on": "31.2.", "channel": "pigeon", "address": "x"}, total="NaN"
    )
    assert len(told["rows"]) == len(odd)
    assert submit(page, customer, *rows, total="1").status_code == 422


def test_nobody_enters_for_customers_or_into_orders_they_do_not_see(page, paper):
    other = make_customer(team=make_team())
    order = make_order(customer=other)
    assert page.get(reverse("orders:entry_of", args=[order.pk])).status_code == 404
    assert page.get(reverse("orders:entry_customer"), {"customer": other.pk}).status_code == 404
    assert page.get(reverse("orders:entry_last"), {"customer": other.pk}).json()["rows"] == []
    assert submit(page, other, row(), total="226.00").json()["faults"][0]["field"] == "customer"
    assert submit(page, other, row(), order=order.pk, total="226.00").status_code == 404


def test_the_last_order_is_taken_over_at_todays_prices(page, customer, paper):
    make_order(customer=customer, lines=[{"product": paper, "quantity": Decimal(3), "unit_price": Decimal(90)}])
    told = page.get(reverse("orders:entry_last"), {"customer": customer.pk}).json()
    assert told["rows"][0]["from"]["quantity"] == "last"
    assert told["answers"][0]["unit_price"] == "113"


def test_an_order_without_rows_yet_is_nobodys_last_order(page, customer, paper):
    full = make_order(customer=customer, lines=[{"product": paper, "quantity": Decimal(3)}])
    taken = make_order(customer=customer)  # as one just taken from the inbox
    taken.lines.all().delete()
    Order.objects.filter(pk=taken.pk).update(line_count=0, net=0, tax=0, total=0)
    card = page.get(reverse("orders:entry_customer"), {"customer": customer.pk}).json()["customer"]
    assert card["last"]["number"] == full.number


def test_an_order_being_entered_opens_in_the_grid_and_a_finished_one_does_not(page, customer):
    order = make_order(customer=customer)
    assert page.get(reverse("orders:entry_of", args=[order.pk])).status_code == 200
    done = make_order(customer=customer, state="completed")
    assert page.get(reverse("orders:entry_of", args=[done.pk])).status_code == 302


def test_a_po_that_stands_on_another_order_needs_a_reason_which_is_kept_with_the_order(page, customer, paper):
    make_order(customer=customer, customer_po="PO-9")
    header = {"customer_po": "PO-9", "channel": "phone"}
    answer = submit(page, customer, row(), total="226.00", header=header)
    assert answer.json()["faults"][0]["field"] == "customer_po"
    told = {**header, "why": {"customer_po": "客户分两次下单"}}
    body = {"token": str(uuid4()), "total": "226.00", "header": told}
    assert [submit(page, customer, row(), **body).status_code for _time in range(2)] == [200, 200]
    order = Order.objects.get(form_token=body["token"])
    assert order.events.filter(kind="note", note__endswith="客户分两次下单").count() == 1
