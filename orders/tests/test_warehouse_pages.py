"""What the warehouse, the clerk and the customer's signature leave behind, through the real pages."""

from __future__ import annotations

import re
import struct
import zlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from orders.actions.returns import (
    Inspection,
    ReturnedRow,
    authorise_return,
    close_return,
    inspect_return,
    receive_return,
    refuse_return,
    request_return,
    resolve_return,
    send_return,
)
from orders.actions.stock import LineAnswer, answer_stock, ask_stock
from orders.actions.trouble import report_trouble, settle_trouble, short_close
from orders.models import CaseStub, Evidence, Order, OrderReturn, Shipment, StockQuestion
from orders.requests.evidence import content_of_evidence
from orders.shipping.photos import without_metadata
from orders.status import Status
from orders.tests.goods import released, rows, send
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db

PLACE = b"GPS 30.2741 N 120.1551 E, Phone X"


def jpeg(turned: int = 6) -> bytes:
    """The bones of a JPEG with EXIF that tells a place and a turn, and a comment."""
    tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, turned, 0, 0) + PLACE
    exif = b"Exif\0\0" + tiff
    parts = [b"\xff\xd8", b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif]
    parts.append(b"\xff\xfe" + struct.pack(">H", len(PLACE) + 2) + PLACE)
    parts.append(b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, 1, 1, 1) + b"\1\x11\0")
    return b"".join([*parts, b"\xff\xda\0\x08\1\1\0\0\x3f\0", b"\x12\x34", b"\xff\xd9"])


def png() -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    text = chunk(b"tEXt", b"Comment\0" + PLACE)
    return b"\x89PNG\r\n\x1a\n" + head + text + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def clerk(team):
    return make_user("lin", Role.CLERK, team=team)


@pytest.fixture
def keeper(team):
    return make_user("wu", Role.WAREHOUSE, team=team)


@pytest.fixture
def at_desk(client, clerk):
    client.force_login(clerk)
    return client


@pytest.fixture
def in_house(client, keeper):
    client.force_login(keeper)
    return client


def test_a_clerk_asks_from_the_order_and_the_warehouse_answers_with_its_thumb(client, clerk, keeper, team):
    order = released(40, 10, team=team)
    first, second = order.lines.all()
    client.force_login(clerk)
    asked = client.post(
        reverse("orders:ask_stock", args=[order.pk]),
        {f"q-{first.pk}": "40", f"q-{second.pk}": "", "text": "周五能发？"},
    )
    assert asked.status_code == 302
    question = StockQuestion.objects.get()
    assert [row.line_id for row in question.lines.all()] == [first.pk]
    client.force_login(keeper)
    page = client.get(reverse("orders:warehouse")).content.decode()
    assert "周五能发？" in page
    row = question.lines.get()
    url = reverse("orders:stock_question", args=[question.pk])
    refused = client.post(url, {f"a-{row.pk}": "part", f"q-{row.pk}": "四十"})
    assert (refused.status_code, "四十" in refused.content.decode()) == (422, True)
    done = client.post(url, {f"a-{row.pk}": "part", f"q-{row.pk}": "30", f"d-{row.pk}": "2026-11-27"})
    assert done.status_code == 302
    question.refresh_from_db()
    assert (question.answer, question.answered_by) == ("part", keeper)
    client.force_login(clerk)
    assert "2026-11-27"[5:] in client.get(reverse("orders:detail", args=[order.pk])).content.decode()


def test_a_question_tells_how_long_it_has_waited_and_what_is_left_of_the_order(client, clerk, keeper, team):
    order = released(5, team=team)
    Order.objects.filter(pk=order.pk).update(due_at=datetime(2026, 11, 25, 3, 0, tzinfo=UTC))
    with time_machine.travel(datetime(2026, 11, 24, 9, 40, tzinfo=UTC), tick=False):  # 17:40 in the house
        question = ask_stock(by=clerk, order=order, lines=rows(order, 5))
    url = reverse("orders:stock_question", args=[question.pk])
    with time_machine.travel(datetime(2026, 11, 25, 1, 30, tzinfo=UTC), tick=False):
        client.force_login(keeper)
        page = client.get(url).content.decode()
        assert "has waited 50m of working time" in page  # 17:40 to 18:00 and 09:00 to 09:30
        assert "1h30m left" in page
        client.post(url, {f"a-{question.lines.get().pk}": "all"})
    with time_machine.travel(datetime(2026, 11, 25, 4, 0, tzinfo=UTC), tick=False):
        page = client.get(url).content.decode()
    assert "answered after 50m of working time" in page
    assert "wb-due" not in page


def test_a_shipment_goes_through_the_warehouse_page_by_page(client, clerk, keeper, team):
    order = released(3, team=team)
    line = order.lines.get()
    client.force_login(clerk)
    client.post(reverse("orders:request_shipment", args=[order.pk]), {f"q-{line.pk}": "3"})
    shipment = Shipment.objects.get()
    client.force_login(keeper)
    here = reverse("orders:shipment", args=[shipment.pk])

    def do(deed, **form):
        return client.post(reverse("orders:shipment_step", args=[shipment.pk, deed]), form)

    for deed, form in (
        ("accept", {}),
        ("pick", {f"q-{line.pk}": "3"}),
        ("pack", {"packages": "2", "weight": "12.5"}),
        ("ship", {"carrier": "顺丰", "tracking_numbers": "SF1234567890123", "freight": "35.50"}),
    ):
        page = client.get(here).content.decode()
        assert f"/{deed}/" in page
        assert all(f'name="{name}"' in page for name in form)
        assert do(deed, **form).status_code == 302
    shipment.refresh_from_db()
    assert (shipment.packages, shipment.weight, shipment.freight) == (2, Decimal("12.5"), Decimal("35.50"))
    assert do("sign", signed_by_name="").status_code == 422
    photo = SimpleUploadedFile("holiday.gif", jpeg(), content_type="image/gif")
    assert do("sign", signed_by_name="王芳", photo=photo).status_code == 302
    order.refresh_from_db()
    assert order.state == Status.COMPLETED
    shown = client.get(reverse("orders:proof", args=[shipment.pk]))
    assert (shown.headers["Content-Type"], shown.headers["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert PLACE not in shown.content
    assert content_of_evidence(Evidence.objects.get()) == jpeg()


@pytest.mark.parametrize(
    "content", [b"<svg onload=alert(1)>", b"GIF89a" + b"\0" * 99, b"%PDF-1.7", jpeg()[:40], b"\xff\xd8\xff"]
)
def test_what_is_no_photo_is_refused_whatever_it_is_called(client, clerk, keeper, team, content):
    shipment = send(clerk, keeper, released(3, team=team), 3)
    client.force_login(keeper)
    url = reverse("orders:shipment_step", args=[shipment.pk, "sign"])
    form = {"signed_by_name": "王芳", "photo": SimpleUploadedFile("a.jpg", content, content_type="image/jpeg")}
    assert client.post(url, form).status_code == 422
    assert Evidence.objects.count() == 0
    shipment.refresh_from_db()
    assert shipment.state == "shipped"


@pytest.mark.parametrize("picture", [jpeg(), png()], ids=["jpeg", "png"])
def test_a_photo_is_shown_without_what_the_phone_wrote_into_it(picture):
    shown = without_metadata(picture)
    assert shown.startswith(picture[:2])
    assert PLACE not in shown
    assert without_metadata(shown) == shown


def test_a_photo_stays_the_right_way_up():
    assert struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) in without_metadata(jpeg(6))
    assert b"Exif" not in without_metadata(jpeg(1))


def test_the_warehouse_sees_goods_and_addresses_and_no_price(in_house, clerk, keeper, team):
    order = released(7, team=team)
    order.ship_to = "文三路 9 号"
    order.save()
    shipment = send(clerk, keeper, order, 3)
    back = OrderReturn.objects.create(order=order, number="RT-1", state="requested")
    question = ask_stock(by=clerk, order=order, lines=rows(order, 2))
    line = order.lines.get()
    prices = {str(order.total), f"{order.total:,.2f}", f"{line.unit_price.normalize():f}", "12.50", "98.88"}
    for name, args in (
        ("detail", [order.pk]),
        ("shipment", [shipment.pk]),
        ("stock_question", [question.pk]),
        ("return", [back.pk]),
        ("warehouse", []),
        ("shipments", []),
        ("returns", []),
        ("questions", []),
        ("warehouse_bounce", [order.pk]),
        ("delivery_note_page", [order.pk]),
    ):
        response = in_house.get(reverse(f"orders:{name}", args=args))
        text = response.content.decode()
        assert response.status_code == 200, name
        assert not [price for price in prices if price in text], name
    assert "文三路 9 号" in in_house.get(reverse("orders:detail", args=[order.pk])).content.decode()
    for name in ("confirmation_page", "confirmation_pdf", "rows_xlsx", "rows_csv"):
        assert in_house.get(reverse(f"orders:{name}", args=[order.pk])).status_code == 403
    assert in_house.get(reverse("orders:list")).status_code == 403


def test_what_is_not_released_is_not_there_for_the_warehouse(in_house, clerk, keeper, team):
    order = released(7, team=team)
    shipment = send(clerk, keeper, order, 3)
    order.refresh_from_db()
    order.state = Status.CONFIRMED
    order.save()
    for url in (
        reverse("orders:detail", args=[order.pk]),
        reverse("orders:shipment", args=[shipment.pk]),
        reverse("orders:warehouse_bounce", args=[order.pk]),
    ):
        assert in_house.get(url).status_code == 404


def test_a_question_about_an_order_that_is_not_released_can_be_answered_all_the_same(in_house, clerk, team):
    order = released(7, team=team)
    order.state = Status.CONFIRMED
    order.save()
    question = ask_stock(by=clerk, order=order, lines=rows(order, 7))
    row = question.lines.get()
    url = reverse("orders:stock_question", args=[question.pk])
    assert reverse("orders:detail", args=[order.pk]) not in in_house.get(url).content.decode()
    assert in_house.post(url, {f"a-{row.pk}": "all"}).status_code == 302


def test_a_return_is_asked_for_and_told_who_must_go_on(client, at_desk, clerk, keeper, team):
    order = released(3, team=team)
    send(clerk, keeper, order, 3)
    line = order.lines.get()
    url = reverse("orders:request_return", args=[order.pk])
    assert at_desk.post(url, {f"q-{line.pk}": "4"}).status_code == 422
    assert at_desk.post(url, {f"q-{line.pk}": "2", "cause": "quality"}).status_code == 302
    held = OrderReturn.objects.get()
    page = at_desk.get(reverse("orders:return", args=[held.pk])).content.decode()
    assert "/authorise/" not in page
    assert at_desk.post(reverse("orders:return_step", args=[held.pk, "authorise"])).status_code == 403
    client.force_login(make_user("chen", Role.MANAGER))
    assert client.post(reverse("orders:return_step", args=[held.pk, "authorise"])).status_code == 302
    client.force_login(keeper)
    assert client.post(reverse("orders:return_step", args=[held.pk, "receive"])).status_code == 302
    part = held.lines.get()
    inspected = client.post(reverse("orders:return_step", args=[held.pk, "inspect"]), {f"q-{part.pk}": "2"})
    assert inspected.status_code == 302
    line.refresh_from_db()
    assert line.returned_quantity == Decimal(2)


def test_a_return_names_the_wrong_field_in_words_and_the_warehouse_reads_no_price(client, clerk, keeper, team):
    order = released(3, 2, team=team)
    send(clerk, keeper, order, 3, 2)
    first, second = order.lines.order_by("position")
    wanted = {first: ReturnedRow(Decimal(1), "quantity", "2"), second: ReturnedRow(Decimal(1), "unit_price", "18.77")}
    held = request_return(by=clerk, order=order, lines=wanted, cause=OrderReturn.Cause.OUR_ENTRY)
    url = reverse("orders:return", args=[held.pk])
    pages = {}
    for person in (clerk, keeper):
        client.force_login(person)
        pages[person] = client.get(url, headers={"accept-language": "zh-CN"}).content.decode()
        assert "数量 → 2" in pages[person]
        assert "quantity →" not in pages[person]
    assert "单价 → 18.77" in pages[clerk]
    assert "18.77" not in pages[keeper]


def test_the_page_of_a_return_says_why_it_was_refused_and_what_was_done_before(at_desk, clerk, keeper, team):
    order = released(3, team=team)
    send(clerk, keeper, order, 3)
    wanted = {order.lines.get(): ReturnedRow(Decimal(1))}
    first, second = (request_return(by=clerk, order=order, lines=wanted) for _time in range(2))
    boss = make_user("chen", Role.MANAGER)
    authorise_return(by=boss, order_return=first)
    send_return(by=clerk, order_return=first, note="SF-BACK-1")
    refuse_return(by=boss, order_return=second, reason="promotion goods")
    on_its_way = at_desk.get(reverse("orders:return", args=[first.pk])).content.decode()
    refused = at_desk.get(reverse("orders:return", args=[second.pk])).content.decode()
    assert "SF-BACK-1" in on_its_way
    assert "promotion goods" not in on_its_way
    assert "promotion goods" in refused
    assert "SF-BACK-1" not in refused


def test_a_shipment_taken_back_still_tells_how_its_case_ended(at_desk, clerk, keeper, team):
    shipment = send(clerk, keeper, released(3, team=team), 3)
    case = report_trouble(by=clerk, shipment=shipment, trouble="lost", note="not seen for five days")
    settle_trouble(by=clerk, case=case, outcome="the carrier pays", ship_again=True)
    page = at_desk.get(reverse("orders:shipment", args=[shipment.pk])).content.decode()
    assert "not seen for five days" in page
    assert "the carrier pays" in page


def test_what_was_short_closed_stands_in_its_row_and_in_the_diary(at_desk, clerk, keeper, team):
    order = released(10, 4, team=team)
    page = reverse("orders:detail", args=[order.pk])
    assert "Short-closed" not in at_desk.get(page).content.decode()
    send(clerk, keeper, order, 7, 4)
    short_close(by=clerk, line=order.lines.get(position=1), quantity=Decimal(3), reason="no longer made")
    shown = at_desk.get(page).content.decode()
    assert re.search(r'data-label="Short-closed">3</td>', shown)
    assert "Row 1: 3" in shown
    assert "no longer made" in shown


def test_an_error_and_its_return_lead_to_each_other(client, clerk, keeper, team):
    order = released(3, team=team)
    send(clerk, keeper, order, 3)
    wanted = {order.lines.get(): ReturnedRow(Decimal(1), "quantity", "2")}
    held = request_return(by=clerk, order=order, lines=wanted, cause=OrderReturn.Cause.OUR_ENTRY)
    boss = make_user("chen", Role.MANAGER)
    authorise_return(by=boss, order_return=held)
    receive_return(by=keeper, order_return=held)
    findings = {part.pk: Inspection(part.quantity, Decimal(0)) for part in held.lines.all()}
    inspect_return(by=keeper, order_return=held, findings=findings)
    resolve_return(by=clerk, order_return=held, resolution=OrderReturn.Resolution.REFUND)
    close_return(by=clerk, order_return=held, cause=OrderReturn.Cause.OUR_ENTRY)
    client.force_login(boss)
    its_return, its_error = (
        reverse("orders:return", args=[held.pk]),
        reverse("orders:error", args=[held.errors.get().pk]),
    )
    assert its_error in client.get(its_return).content.decode()
    assert its_return in client.get(its_error).content.decode()


def test_an_exception_is_reported_and_settled_on_the_shipments_page(at_desk, clerk, keeper, team):
    shipment = send(clerk, keeper, released(3, team=team), 3)
    url = reverse("orders:shipment_step", args=[shipment.pk, "trouble"])
    assert at_desk.post(url, {"trouble": "lost", "note": ""}).status_code == 422
    assert at_desk.post(url, {"trouble": "lost", "note": "五天没动"}).status_code == 302
    settle = reverse("orders:case_settle", args=[CaseStub.objects.get().pk])
    assert settle in at_desk.get(reverse("orders:shipment", args=[shipment.pk])).content.decode()
    assert at_desk.post(settle, {"outcome": "赔付", "ship_again": "yes"}).status_code == 302
    shipment.refresh_from_db()
    assert (shipment.state, shipment.trouble) == ("cancelled", "")


def test_odd_forms_are_refused_and_never_fail(at_desk, clerk, keeper, team):
    order = released(3, team=team)
    shipment = send(clerk, keeper, order, 2)
    line = order.lines.get()
    for text in ("-1", "1e9", "NaN", "∞", "1.00001", "9" * 30, "\x00", "１２，０００", "<b>"):
        for name in ("ask_stock", "request_shipment", "short_close", "request_return"):
            form = {f"q-{line.pk}": text, "text": "因为", "day": "2026-02-31"}
            assert at_desk.post(reverse(f"orders:{name}", args=[order.pk]), form).status_code == 422, (name, text)
    for deed in ("nothing", "cancel", "trouble", "sign"):
        response = at_desk.post(reverse("orders:shipment_step", args=[shipment.pk, deed]), {"note": "x" * 999})
        assert response.status_code in {404, 422}


def test_each_row_of_a_question_tells_its_answer_in_a_word_and_a_colour(in_house, clerk, keeper, team):
    order = released(40, 10, 6, 8, team=team)
    asked = ask_stock(by=clerk, order=order, lines={line: line.quantity for line in order.lines.all()})
    address = reverse("orders:stock_question", args=[asked.pk])

    def badges():
        page = in_house.get(address).content.decode()
        shown = re.findall(
            r'<div class="wh-asked">.*?<span class="wb-state([^"]*)"[^>]*>(.*?)</span></div>', page, re.S
        )
        return [(look.strip(), " ".join(re.sub(r"<[^>]*>", " ", words).split())) for look, words in shown]

    assert badges() == [("", "Not answered")] * 4
    every, part, later, none = asked.lines.order_by("line__position")
    answers = {
        every.pk: LineAnswer(Decimal(40)), part.pk: LineAnswer(Decimal(3), date(2026, 12, 3)),
        later.pk: LineAnswer(Decimal(0), date(2026, 12, 4)), none.pk: LineAnswer(Decimal(0)),
    }  # fmt: skip
    answer_stock(by=keeper, question=asked, answers=answers)
    assert [words for _look, words in badges()] == ["All", "A part: 3", "Later: 12-04", "Out of stock"]
    assert [look for look, _words in badges()] == ["wb-state--ok", "wb-state--wait", "wb-state--wait", "wb-state--bad"]
