"""What the customer sent stands beside the grid, and every value says where it came from."""

import html
import json
import re
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.factories import make_customer, make_product
from customers.models import Contact
from orders.models import EntryDraft, Order, Request
from orders.requests.mail_intake import receive_mail
from salesops.connectors.mail.parsing import parse_mail
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db
SHEET = "料号\t品名\t数量\t单位\nZP-A4\t复印纸\t120\t箱\nLT-9\t<script>x</script>\t12O\t盒\n"
WORDS = "早上好：\n\n附件是本周采购单，PO 号 LT-2026-1123，{day} 前到滨江仓。\n> 旧信：PO 号 OLD-9999"


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def customer(team):
    made = make_customer(name="杭州澜庭办公用品有限公司", team=team)
    Contact.objects.create(customer=made, name="沈岚", email="shen.lan@lanting.example")
    return made


@pytest.fixture
def page(client, team):
    client.force_login(make_user("lin", Role.CLERK, team=team))
    return client


@pytest.fixture
def soon():
    return timezone.localdate() + timedelta(days=3)


def arrive(text, *, sheet=SHEET, sender="shen.lan@lanting.example"):
    """A mail with a sheet, as the mailbox hands it over."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "orders@us.example", "采购单"
    mail["Message-ID"] = f"<{abs(hash(text))}@lanting.example>"
    mail.set_content(text)
    mail.add_attachment(sheet.encode(), maintype="text", subtype="plain", filename="采购.tsv")
    receive_mail(parse_mail(bytes(mail)), bytes(mail))
    return Request.objects.order_by("-id")[0]


def open_entry(page, asked, **headers):
    return page.get(reverse("orders:entry"), {"request": asked.pk}, headers=headers)


def begun(page, order):
    """What the page of an order begins with, and its words."""
    answer = page.get(reverse("orders:entry_of", args=[order.pk]))
    return answer.context["begin"], answer.content.decode()


def test_opening_the_page_for_a_request_takes_it_and_shows_mail_and_sheet_beside_the_grid(page, customer):
    make_product(code="ZP-A4")
    asked = arrive(WORDS.format(day="2099-01-01"))
    answer = open_entry(page, asked)
    order = Order.objects.get()
    assert answer.url == reverse("orders:entry_of", args=[order.pk])
    begin, shown = begun(page, order)
    sheet = asked.evidence.get(kind="sheet")
    mail = asked.evidence.get(kind="mail")
    assert f'id="e{sheet.pk}.2.C" class="p">120</td>' in shown
    assert f'id="e{sheet.pk}.3.C" class="q">12O</td>' in shown
    assert f'id="e{mail.pk}.1">早上好：</div>' in shown
    assert "<script>x" not in shown
    assert begin["is_parsed"]
    assert open_entry(page, asked).url == answer.url
    assert Order.objects.count() == 1


def test_no_other_site_and_no_page_loaded_ahead_takes_a_request(page, customer):
    asked = arrive("x")
    own = reverse("orders:request", args=[asked.pk])
    assert open_entry(page, asked, sec_fetch_site="cross-site").url == own
    assert open_entry(page, asked, sec_purpose="prefetch").url == own
    assert page.head(reverse("orders:entry"), {"request": asked.pk}).url == own
    assert not Order.objects.exists()


def test_a_request_of_an_unknown_sender_goes_to_its_page_and_one_of_another_team_is_not_there(page, customer):
    stranger = arrive("y", sender="who@else.example")
    assert open_entry(page, stranger).url == reverse("orders:request", args=[stranger.pk])
    Request.objects.update(team=make_team())
    assert open_entry(page, stranger).status_code == 404


def test_the_mails_po_and_wanted_day_are_taken_with_the_line_they_stand_in(page, customer, soon):
    asked = arrive(WORDS.format(day=f"{soon.month}月{soon.day}日"))
    open_entry(page, asked)
    begin, _shown = begun(page, Order.objects.get())
    assert (begin["header"]["customer_po"], begin["header"]["requested_on"]) == ("LT-2026-1123", soon.isoformat())
    assert begin["header"]["from"]["customer_po"] == "parsed"
    assert begin["origin"]["customer_po"]["line"] == 3
    assert begin["origin"]["customer_po"]["evidence"] == asked.evidence.get(kind="mail").pk


@pytest.mark.parametrize(
    "text",
    ["PO 号 A-1001 和 PO 号 B-2002", "附件是采购单，请查收", "请看订单号 SO-20261123-0001", "PO：无", "订单已发，谢谢"],
)
def test_words_that_name_no_one_po_leave_it_empty(page, customer, text):
    open_entry(page, arrive(text))
    begin, _shown = begun(page, Order.objects.get())
    assert "customer_po" not in EntryDraft.objects.get().content["header"]
    assert begin["header"]["customer_po"] == ""


def test_where_a_value_came_from_outlives_saving_the_draft_and_copies_bring_it_along(page, customer):
    make_product(code="ZP-A4")
    open_entry(page, arrive("z"))
    order = Order.objects.get()
    draft = EntryDraft.objects.get()
    row = draft.content["rows"]["p1"]
    edited = {"key": "p1", "product": "ZP-A4", "quantity": "99", "from": {"product": "parsed", "quantity": "typed"}}
    copied = {**edited, "key": "n1", "origin": {"quantity": row["origin"]["quantity"], "evil": {}, "unit": 5}}
    body = {
        "token": str(draft.form_token), "sequence": 1, "order": order.pk, "customer": customer.pk,
        "rows": [edited, copied], "header": {"customer_po": "P-1", "from": {"customer_po": "typed", "x": "typed"}},
    }  # fmt: skip
    page.post(reverse("orders:entry_keep"), json.dumps(body), content_type="application/json")
    begin, _shown = begun(page, order)
    kept = {each["key"]: each for each in begin["rows"]}
    assert kept["p1"]["from"]["quantity"] == "typed"
    assert kept["p1"]["origin"]["quantity"]["text"] == "120"
    assert kept["n1"]["origin"] == {"quantity": row["origin"]["quantity"]}
    assert begin["header"]["from"]["customer_po"] == "typed"
    assert not begin["is_parsed"]


def test_a_quantity_that_cannot_be_read_is_an_error_until_somebody_writes_it(page, customer):
    make_product(code="LT-9")
    open_entry(page, arrive("w"))
    order, draft = Order.objects.get(), EntryDraft.objects.get()
    begin, _shown = begun(page, order)
    told = {answer["key"]: answer["checks"] for answer in begin["answers"]}["p2"]
    assert next((check["level"], check["field"]) for check in told) == ("error", "quantity")
    row = {"key": "p2", "product": "LT-9", "from": {}}
    body = {"token": str(draft.form_token), "order": order.pk, "customer": customer.pk}

    def keep(sequence, **values):
        sent = {**body, "sequence": sequence, "rows": [{**row, **values}]}
        answer = page.post(reverse("orders:entry_keep"), json.dumps(sent), content_type="application/json")
        return [check["field"] for check in answer.json()["rows"][0]["checks"] if check["level"] == "error"]

    assert "quantity" in keep(1, remarks="?")
    assert "quantity" not in keep(2, quantity="120")


def test_a_colleague_who_goes_on_sees_the_rows_that_were_read(page, client, customer, team):
    make_product(code="ZP-A4")
    open_entry(page, arrive("v"))
    client.force_login(make_user("he", Role.CLERK, team=team))
    begin, _shown = begun(client, Order.objects.get())
    assert [row["product"] for row in begin["rows"]] == ["ZP-A4", "LT-9"]


# -- a sheet longer than what its page shows at once

LONG = "料号\t品名\t数量\n" + "".join(f"LT-{row}\t货品 {row}\t{row}\n" for row in range(2, 301))


def rest_of(page, shown):
    """What the page asks for by itself once it is there."""
    asked = re.search(r'<tbody hx-get="([^"]+)" hx-trigger="load" hx-swap="outerHTML"', shown)[1]
    return page.get(html.unescape(asked)).content.decode()


def test_the_row_a_value_came_from_is_beside_the_grid_however_far_down_it_stands(page, customer):
    asked = arrive("附件", sheet=LONG)
    open_entry(page, asked)
    begin, shown = begun(page, Order.objects.get())
    place = begin["rows"][238]["origin"]["quantity"]
    assert (place["row"], place["column"], place["text"]) == (240, "C", "240")
    spot = f'id="e{place["evidence"]}.240.C" class="p">240</td>'
    assert spot not in shown
    assert "The first 100 of 299 rows are shown; all are taken." in shown
    rest = rest_of(page, shown)
    assert spot in rest
    numbers = re.findall(r'<th scope="row">(\d+)</th>', rest)
    assert numbers == [str(row) for row in range(102, 301)], "each row once, behind those the page has"


def test_the_page_of_the_request_and_that_of_a_check_bring_the_rest_of_the_rows_too(page, customer):
    asked = arrive("附件", sheet=LONG)
    make_product(code="LT-240")
    sheet = asked.evidence.get(kind="sheet")
    shown = page.get(reverse("orders:request", args=[asked.pk])).content.decode()
    assert "js/evidence.js" in shown
    rest = rest_of(page, shown)
    assert re.search(rf'<tr class="rq-ok"><th[^>]*>240</th><td id="e{sheet.pk}.240.A">LT-240</td>', rest)
    assert f'id="e{sheet.pk}.101.A"' not in rest
    assert f'id="e{sheet.pk}.300.C"' in rest


def test_a_short_sheet_asks_for_nothing_and_one_that_is_none_is_not_there(page, customer):
    asked = arrive("附件")
    shown = page.get(reverse("orders:request", args=[asked.pk])).content.decode()
    assert "data-rest" not in shown
    mail = asked.evidence.get(kind="mail")
    assert page.get(reverse("orders:evidence_rows", args=[mail.pk])).status_code == 404
