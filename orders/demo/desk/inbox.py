"""What came in through every channel: some of it waits, some became orders, some was none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from orders.actions.clarify import ask_customer, write_to_customer
from orders.actions.drafts import discard_draft
from orders.actions.enter import edit_order
from orders.actions.intake import dismiss_request, receive_request, refuse_request, take_request
from orders.demo.belongings import mail_of
from orders.demo.desk.papers import HEADINGS, SheetRow, handwritten, mail, purchase_order, sheet
from orders.demo.desk.playing import Scene
from orders.demo.desk.stage import DAY, Desk, Rows, Steps, clerk, fresh, to_the_end, until_confirmed, until_entered
from orders.models import EntryDraft, Order, Request
from orders.requests.evidence import NewEvidence, file_evidence, note_evidence, paste_evidence
from orders.requests.mail_intake import take_in_mail
from salesops.connectors.mail.parsing import parse_mail

Channel = Order.Channel


def inbox_scenes(desk: Desk) -> Iterator[tuple[datetime, Scene]]:
    """By the moment each came in; the times say which are late, nearly late and urgent."""
    waiting = [
        (6, _mail_waits(desk, "RICAR", "加急！明早 8 点前要货", ((2, "30"), (1, "12")), is_urgent=True)),
        (24, _note(desk, "ALFKI", "王海燕来电：周四再送 6 箱祁门红茶、10 箱听装啤酒，送 2 号门")),
        (108, _note(desk, "BLONP", "黄晓梅来电：头抽酱油 20 箱，价格按上次，周五前到")),
        (75, _picture(desk, "GODOS")), (150, _pdf(desk, "LEHMS")), (290, _pasted(desk, "CONSH")),
        (200, _by_machine(desk, "QUEEN", Channel.CRM, "CRM 商机转订单 OPP-3391")),
        (46, _by_machine(desk, "SPECD", Channel.WEB, "网上商城订单 W20817")),
        (33, _stranger(desk)), (62, _counter(desk, "BSBEV")),
    ]  # fmt: skip
    ended = [
        (410, _newsletter(desk)), (980, _away(desk)), (700, _refused(desk)),
        (0.8 * DAY, _clarifying(desk)), (4.4 * DAY, _clarified(desk)), (10.7 * DAY, _mail_to_the_end(desk)),
        (1.4 * DAY, _taken_today(desk)), (2.9 * DAY, _note_taken(desk)),
    ]  # fmt: skip
    return ((desk.office.ago(minutes), scene) for minutes, scene in [*waiting, *ended])


def _sheet_rows(desk: Desk, rows: Rows) -> list[SheetRow]:
    found = [(desk.products[number], text) for number, text in rows]
    return [(product.code, product.name, product.spec, text, product.unit, "") for product, text in found]


def _pasted_rows(desk: Desk, rows: Rows) -> NewEvidence:
    """Rows as they come out of the clipboard of a sheet."""
    return paste_evidence("\n".join("\t".join(cells) for cells in (HEADINGS, *_sheet_rows(desk, rows))))


def _mail_in(desk: Desk, customer: str, subject: str, text: str, rows: Rows = (), *, answers: str = "") -> Request:
    """A mail with or without a sheet, as the mailbox hands it over."""
    contact = desk.customers[customer].contacts.all()[0].name
    file = sheet(_sheet_rows(desk, rows)) if rows else b""
    raw = mail(
        mail_of(customer), contact, subject, text, answers=answers, file=file, file_name=f"采购单-{contact}.xlsx"
    )
    return take_in_mail(parse_mail(raw), raw, by=None)


def _by_hand(
    desk: Desk, customer: str, channel: str, subject: str, evidence: Sequence[NewEvidence], body: str = ""
) -> Request:
    owner = desk.customers[customer]
    return receive_request(
        channel=channel, by=desk.clerk_of(customer), customer=owner, sender_address=owner.phone, subject=subject,
        body=body, sent_at=timezone.now() - timedelta(minutes=4), evidence=evidence,
    )  # fmt: skip


def _mail_waits(desk: Desk, customer: str, subject: str, rows: Rows, *, is_urgent: bool = False) -> Scene:
    owner = desk.customers[customer]
    text = "您好，附件是明天的采购单，店里断货了，请务必安排。收到请回复。"
    file = file_evidence("采购单.xlsx", sheet(_sheet_rows(desk, rows)))
    receive_request(
        channel=Channel.MAIL, customer=owner, sender_name=owner.contacts.all()[0].name, subject=subject, body=text,
        sender_address=mail_of(customer), sent_at=timezone.now() - timedelta(minutes=2), evidence=[file],
        is_urgent=is_urgent, message_id=f"<urgent.{customer.lower()}@{customer.lower()}.example>",
    )  # fmt: skip
    yield from ()


def _note(desk: Desk, customer: str, text: str) -> Scene:
    _by_hand(desk, customer, Channel.PHONE, text, [note_evidence(text)], text)
    yield from ()


def _picture(desk: Desk, customer: str) -> Scene:
    content = handwritten(
        ("明天送 5 号店:", "青岛听装啤酒   20 箱", "祁门红茶   6 箱", "豆腐  10 件，要新鲜的！", "老地方  李师傅收")
    )
    _by_hand(desk, customer, Channel.MESSENGER, "微信图片：手写单", [file_evidence("微信图片_0817.png", content)])
    yield from ()


def _pdf(desk: Desk, customer: str) -> Scene:
    rows = _sheet_rows(desk, ((7, "24"), (12, "15"), (22, "30")))
    content = purchase_order("PO-2026-0417", desk.customers[customer].name, rows)
    _by_hand(desk, customer, Channel.SHEET, "采购订单 PO-2026-0417.pdf", [file_evidence("PO-2026-0417.pdf", content)])
    yield from ()


def _pasted(desk: Desk, customer: str) -> Scene:
    rows: Rows = ((1, "20"), (4, "12"), (16, "18"), (25, "24"))
    _by_hand(desk, customer, Channel.MESSENGER, "微信群里贴的清单", [_pasted_rows(desk, rows)])
    yield from ()


def _by_machine(desk: Desk, customer: str, channel: str, subject: str) -> Scene:
    """From a system of ours: nobody took it down."""
    rows = sheet(_sheet_rows(desk, ((10, "12"), (13, "24"))))
    receive_request(
        channel=channel, customer=desk.customers[customer], subject=subject, body="系统自动转入",
        sent_at=timezone.now(), evidence=[file_evidence(f"{subject}.xlsx", rows)],
    )  # fmt: skip
    yield from ()


def _stranger(desk: Desk) -> Scene:
    """Nobody knows the address: a clerk says whose it is."""
    text = "您好，我们是新开的社区超市，想订 20 箱啤酒和一些点心试卖，请报价并告知最快交期。\n\n宏远便利 周经理"
    raw = mail("zhou@hongyuan-store.example", "周经理", "新店首单询价", text)
    take_in_mail(parse_mail(raw), raw, by=None)
    yield from ()


def _counter(desk: Desk, customer: str) -> Scene:
    text = "徐经理到前台：自提 8 箱八角糖浆，开专票"
    _by_hand(desk, customer, Channel.COUNTER, text, [note_evidence(text)], text)
    yield from ()


def _newsletter(desk: Desk) -> Scene:
    raw = mail("news@expo.example", "上海食品展组委会", "第 28 届食品博览会火热招展中", "尊敬的展商：早鸟价仅剩三天……")
    request = take_in_mail(parse_mail(raw), raw, by=None)
    yield 20
    dismiss_request(by=desk.person("lin"), request=request, reason="展会广告，不是订单")


def _away(desk: Desk) -> Scene:
    raw = mail(mail_of("ANTON"), "张静", "自动回复：外出", "我本周休假，有事请联系前台。", is_automatic=True)
    take_in_mail(parse_mail(raw), raw, by=None)
    yield from ()


def _refused(desk: Desk) -> Scene:
    request = _mail_in(desk, "PERIC", "能否代加工 500 箱果酱？", "我们想贴自己的牌子，请报价。")
    yield 40
    refuse_request(by=desk.clerk_of("PERIC"), request=request, reason="不做代加工，已电话告知客户")


def _taken(desk: Desk, request: Request, customer: str, rows: Rows) -> Steps:
    """Taken by its clerk, and entered from the rows that were read."""
    by = desk.clerk_of(customer)
    order = take_request(by=by, request=request, customer=desk.customers[customer])
    yield 11
    order = fresh(order)
    edit_order(by=by, order=order, version=order.version, lines=desk.entries(rows))
    for token in EntryDraft.objects.filter(order=order, owner=by).values_list("form_token", flat=True):
        discard_draft(by=by, token=token)
    return order


def _clarifying(desk: Desk) -> Scene:
    request = _mail_in(
        desk, "FURIB", "下月第一批订货", "附件是清单，送货地址换到新仓，谢谢。", ((10, "20"), (13, "30"), (18, "6"))
    )
    yield 25
    by = desk.clerk_of("FURIB")
    order = take_request(by=by, request=request, customer=desk.customers["FURIB"])
    yield 15
    ask_customer(
        by=by, order=order, question="您好，清单收到。请告知新仓的详细地址、收货人和电话，另外三文鱼籽要几号的批次？"
    )
    yield desk.till(40)
    write_to_customer(by=by, order=fresh(order), text="打扰了，再确认一次：新仓地址收到后我们今天就能排车。")


def _clarified(desk: Desk) -> Scene:
    rows: Rows = ((6, "24"), (8, "18"), (3, "30"))
    request = _mail_in(desk, "BERGS", "补货单(请看附件)", "附件三项，尽快。", rows)
    yield 20
    order = yield from _taken(desk, request, "BERGS", rows)
    yield 8
    asked = ask_customer(by=clerk(order), order=fresh(order), question="第 2 行蔓越莓酱是要 227g 还是 340g 的？")
    yield 130
    answers = asked.message.message_id if asked.message else ""
    _mail_in(desk, "BERGS", f"Re: 补货单(请看附件) [{order.number}]", "要 340g 的，其他不变。", answers=answers)
    yield 15
    yield from until_entered(desk, order)
    yield 12
    yield from to_the_end(desk, order)


def _mail_to_the_end(desk: Desk) -> Scene:
    rows: Rows = ((1, "40"), (2, "60"), (19, "24"), (21, "24"), (25, "20"))
    request = _mail_in(desk, "HUNGO", "月中补货", "请按附件备货，货到付款。", rows)
    yield 22
    order = yield from _taken(desk, request, "HUNGO", rows)
    yield 6
    yield from to_the_end(desk, order, with_photo=True)


def _taken_today(desk: Desk) -> Scene:
    """A pasted list that became an order, entered and confirmed this morning."""
    rows: Rows = ((4, "24"), (15, "30"))
    request = _by_hand(desk, "DRACD", Channel.MESSENGER, "微信清单", [_pasted_rows(desk, rows)])
    yield 30
    order = yield from _taken(desk, request, "DRACD", rows)
    yield 10
    yield from until_confirmed(desk, order)


def _note_taken(desk: Desk) -> Scene:
    text = "赵国平来电：蛋糕 12 箱、司康饼 20 箱，下周一送"
    request = _by_hand(desk, "BOLID", Channel.PHONE, text, [note_evidence(text)], text)
    yield 9
    order = yield from _taken(desk, request, "BOLID", ((16, "12"), (21, "20")))
    yield 7
    yield from to_the_end(desk, order)
