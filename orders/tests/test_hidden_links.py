"""The customer's link to confirm a change is the customer's: no page of ours shows it, the mail itself stays as it came."""

import secrets
from email.message import EmailMessage

import pytest
from django.urls import reverse

from customers.factories import make_customer, make_product
from customers.models import Contact
from orders.actions.clarify import ask_customer
from orders.actions.intake import take_request
from orders.models import Evidence, Order, Request
from orders.requests.evidence import is_untouched
from orders.requests.mail_intake import receive_mail
from orders.words import without_links
from salesops.connectors.mail.parsing import parse_mail
from staff.factories import make_team, make_user
from staff.roles import Role

SECRET = "Vq3nZ8kTr5Wb1LxYc7Hd2Mf9Gs4Jp6Na0Ke-Ui_BoXt.6a1b2c3d"  # the same in every worker
LINK = f"https://desk.example/confirm/{SECRET}/"


@pytest.mark.parametrize(
    "text",
    [
        f"请点 {LINK} 谢谢",
        f"<{LINK}>",
        f"> > {LINK[:60]}\n> > {LINK[60:]}",
        f"| {LINK[:40]}=\r\n| {LINK[40:70]}\r\n| {LINK[70:]}\n下一行",
        f"https://safe.example/?url=https%3A%2F%2Fdesk.example%2Fconfirm%2F{SECRET}&x=1",
        f"已点：{LINK[:75]}",  # cut off in the middle
    ],
)
def test_a_link_is_hidden_however_a_mail_writes_it_and_lines_stay_lines(text):
    shown = without_links(text)
    bare = "".join(shown.split()).replace(">", "").replace("|", "").replace("=", "")
    assert not any(SECRET[at : at + 12] in bare for at in range(32))
    assert shown.count("\n") == text.count("\n")
    assert shown[:2] == text[:2]


@pytest.mark.parametrize(
    "text", ["订单确认书见附件 /confirm/ 谢谢", "Please confirm/sign the order today", "红茶 20箱"]
)
def test_other_words_stay_as_they_are(text):
    assert without_links(text) == text


def answer(text, subject="订单变更"):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "shen.lan@lanting.example", "orders@us.example", subject
    mail["Message-ID"] = f"<{secrets.token_hex(8)}@lanting.example>"
    mail.set_content(text)
    receive_mail(parse_mail(bytes(mail)), bytes(mail))
    return Request.objects.order_by("-id")[0]


@pytest.mark.django_db
def test_no_page_shows_the_link_a_customers_answer_quotes(client):
    team = make_team()
    clerk = make_user("lin", Role.CLERK, team=team)
    customer = make_customer(team=team, clerk=clerk)
    Contact.objects.create(customer=customer, name="沈岚", email="shen.lan@lanting.example")
    make_product(code="ZP-A4")
    asked = answer(f"已确认，另要 ZP-A4：\n料号\t数量\t备注\nZP-A4\t5\t见 {LINK}\n\nOn Monday we wrote:\n> {LINK}\n")
    order = take_request(by=clerk, request=asked, customer=customer)
    ask_customer(by=clerk, order=order, question="几箱？", to="")
    answer(f"就按 {LINK} 里的", subject=f"Re: {order.number}")
    client.force_login(clerk)
    pages = [reverse("orders:request", args=[one.pk]) for one in Request.objects.all()]
    pages += [reverse("orders:detail", args=[order.pk]), reverse("orders:entry_of", args=[order.pk])]
    pages += [reverse("orders:review", args=[order.pk]), reverse("orders:requests")]
    assert Order.objects.get(pk=order.pk).events.filter(note__contains=SECRET).exists()
    for page in pages:
        shown = client.get(page)
        assert shown.status_code == 200, page
        assert SECRET not in shown.content.decode(), page
    mail = Evidence.objects.filter(kind="mail")[0]
    assert SECRET in mail.text
    assert is_untouched(mail)
