"""Whatever arrives becomes a mail one can read, with its oddities named; nothing stops the mails behind it."""

from __future__ import annotations

import base64
import re
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP, compat32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesops.connectors.mail.attachments import XLSX, safe_name
from salesops.connectors.mail.characters import decode_text
from salesops.connectors.mail.html_text import html_to_text
from salesops.connectors.mail.parsing import MAX_BYTES, PROBLEMS, ParsedMail, parse_mail, read_mail
from salesops.connectors.tests.letters import crlf, letter

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
SHEET = base64.b64decode("UEsDBBQAAAAIAA==") + b" xl/workbook.xml"


def head(subject: bytes = b"x", **more: bytes) -> bytes:
    lines = [b"From: a@b.example", b"Message-ID: <1@b.example>", b"Date: Mon, 23 Nov 2026 10:00:00 +0800"]
    lines += [
        b"Subject: " + subject,
        *(name.replace("_", "-").encode() + b": " + value for name, value in more.items()),
    ]
    return b"\r\n".join(lines) + b"\r\n"


def with_file(name_header: bytes, content: bytes = SHEET, kind: bytes = b"application/octet-stream") -> bytes:
    return (
        head(MIME_Version=b"1.0", Content_Type=b"multipart/mixed; boundary=B")
        + b"\r\n--B\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nsee file\r\n--B\r\nContent-Type: "
        + kind
        + b"\r\n"
        + name_header
        + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content)
        + b"\r\n--B--\r\n"
    )


def word(text: str, charset: str, label: str = "", coding: str = "B") -> bytes:
    octets = text.encode(charset)
    packed = base64.b64encode(octets) if coding == "B" else b"".join(b"=%02X" % one for one in octets)
    return b"=?" + (label or charset).encode() + b"?" + coding.encode() + b"?" + packed + b"?="


def sound(mail: ParsedMail) -> None:
    """What every caller relies on, whatever came in."""
    lines = [mail.subject, mail.from_name, mail.from_address, mail.message_id, mail.in_reply_to, *mail.references]
    lines += [one for person in (*mail.to, *mail.cc) for one in (person.name, person.address)]
    lines += [file.name for file in mail.attachments]
    for line in lines:
        assert not CONTROLS.search(line)
        assert "\n" not in line
        line.encode()
    for text in (mail.text, mail.quoted):
        assert not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff]", text)
        text.encode()
    for file in mail.attachments:
        assert file.name
        assert len(file.name.encode()) <= 200
        assert not set('/\\<>:"|?*') & set(file.name)
        assert file.name.strip(". ") == file.name
    assert mail.sent_at is None or mail.sent_at.tzinfo is not None
    assert all(problem.sentence for problem in mail.problems)
    assert mail.problem_codes <= set(PROBLEMS)
    assert "unreadable" not in mail.problem_codes


def test_an_ordinary_mail_is_read_whole_and_without_problems():
    mail = read_mail(
        letter(
            "订单 2026-11", "请发货 40 箱。\n", References="<a@x> <b@x>", In_Reply_To="<b@x>", Cc="李四 <li@x.example>"
        )
    )
    assert (mail.from_name, mail.from_address) == ("王芳", "wang@customer.example")
    assert (mail.subject, mail.text) == ("订单 2026-11", "请发货 40 箱。")
    assert mail.sent_at == datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert mail.thread == ("<a@x>", "<b@x>")
    assert [(one.name, one.address) for one in mail.cc] == [("李四", "li@x.example")]
    assert (mail.problems, mail.is_auto_reply) == ((), False)


@pytest.mark.parametrize(
    ("charset", "label", "text"),
    [
        ("gbk", "gb2312", "镕基鑫源的订单"), ("gb18030", "gb2312", "𠮷野家的订单确认"), ("gb18030", "gbk", "客户名称，请确认"),
        ("utf-8", "gb2312", "客户名称，请确认"), ("gbk", "utf-8", "请确认订单并尽快发货"), ("gbk", "us-ascii", "请确认订单并尽快发货"),
        ("gbk", "iso-8859-1", "请确认订单并尽快发货"), ("gbk", "x-unknown", "请确认订单并尽快发货"), ("gbk", "", "请确认订单并尽快发货"),
        ("big5", "big5", "請確認訂單並儘快出貨"), ("big5", "", "請確認訂單並儘快出貨，謝謝您的合作"), ("utf-8", "", "客户名称"),
        ("iso-2022-jp", "iso-2022-jp", "注文書を送ります"), ("iso-2022-jp", "", "注文書を送ります"), ("cp932", "shift_jis", "①注文書"),
        ("euc-kr", "euc-kr", "주문서"), ("latin-1", "iso-8859-1", "Müller grüßt"), ("cp1252", "", "Müller grüßt sehr"),
        ("utf-8", "iso-8859-1", "Müller"), ("utf-16", "utf-16", "客户"), ("hz", "hz-gb-2312", "客户订单"),
    ],
)  # fmt: skip
def test_bodies_are_read_in_the_coding_they_are_really_in(charset, label, text):
    body = text.encode(charset)
    parameter = b"; charset=" + label.encode() if label else b""
    raw = (
        head(Content_Type=b"text/plain" + parameter, Content_Transfer_Encoding=b"base64")
        + b"\r\n"
        + base64.b64encode(body)
    )
    mail = read_mail(raw)
    assert mail.text == text
    sound(mail)


@pytest.mark.parametrize(
    "label", ["hex", "rot13", "idna", "punycode", "unicode_escape", "zlib", "undefined", "../x", "utf-7"]
)
def test_a_label_that_names_no_alphabet_runs_nothing(label):
    raw = head(Content_Type=b"text/plain; charset=" + label.encode()) + b"\r\nplain words"
    assert read_mail(raw).text == "plain words"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (word("订单", "gbk", "gb2312"), "订单"),
        (word("订单", "utf-8", coding="Q"), "订单"),
        (b"=?UTF-8?B?" + base64.b64encode("订单确认".encode())[:8] + b"?=\r\n =?UTF-8?B?" + base64.b64encode("订单确认".encode())[8:] + b"?=", "订单确认"),
        (b"=?utf-8?B?" + base64.b64encode("订单".encode()[:4]) + b"?= =?utf-8?B?" + base64.b64encode("订单".encode()[4:]) + b"?=", "订单"),
        (b"=?utf-8?Q?=E8=AE?=\r\n =?utf-8?Q?=A2=E5=8D=95?=", "订单"),
        (b"=?gb2312?B?" + base64.b64encode("订单".encode("gbk")[:3]) + b"?= =?gb2312?B?" + base64.b64encode("订单".encode("gbk")[3:]) + b"?=", "订单"),
        (b"Re: " + word("订单", "gbk") + b" 2026", "Re: 订单 2026"),
        ("订单确认，请尽快".encode("gbk"), "订单确认，请尽快"), ("订单".encode(), "订单"),
        (b"=?utf-8*zh?B?" + base64.b64encode("订单".encode()) + b"?=", "订单"),
        (b"=?nonsense?B?" + base64.b64encode("订单".encode()) + b"?=", "订单"),
        (b"=?utf-8?B?!!!?=", ""), (b"=?utf-8?Q?a=00b?=", "ab"), (b"=?utf-8?Q?a=0D=0ABcc:_x@y?=", "a Bcc: x@y"),
        ("\u202egnp.exe".encode(), "gnp.exe"), (b"two\r\n lines", "two lines"), (b"", ""),
    ],
)  # fmt: skip
def test_subjects_are_one_clean_line_however_they_are_packed(value, text):
    mail = read_mail(head(value) + b"\r\nbody")
    assert mail.subject == text
    sound(mail)


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        (b"Wang Fang <wang@x.example>", "Wang Fang", "wang@x.example"),
        (b'"Wang, Fang" <wang@x.example>', "Wang, Fang", "wang@x.example"),
        (word("王,芳", "utf-8") + b" <wang@x.example>", "王,芳", "wang@x.example"),
        (b'"' + word("王芳", "gbk", "gb2312") + b'" <wang@x.example>', "王芳", "wang@x.example"),
        (word("王芳 <wang@x.example>", "utf-8"), "王芳", "wang@x.example"),
        ("王芳 <wang@x.example>".encode("gbk"), "王芳", "wang@x.example"),
        (b"wang@x.example (Wang Fang)", "Wang Fang", "wang@x.example"),
        (b"<wang@x.example>", "", "wang@x.example"), (b"wang@x.example", "", "wang@x.example"),
        (b"undisclosed-recipients:;", "", ""), (b"nobody", "nobody", ""),
        (b'"boss@house.example" <thief@x.example>', "boss@house.example", "thief@x.example"),
        (b"(" * 5000 + b"a@b.example", "", "a@b.example"),
    ],
)  # fmt: skip
def test_senders_are_found_in_every_way_they_are_written(value, name, address):
    raw = head().replace(b"From: a@b.example", b"From: " + value) + b"\r\nbody"
    mail = read_mail(raw)
    assert mail.from_address == address
    assert mail.from_name == name or not address
    assert ("no_sender" in mail.problem_codes) == (not address)
    sound(mail)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (b"Mon, 23 Nov 2026 10:00:00 +0800 (CST)", datetime(2026, 11, 23, 2, tzinfo=UTC)),
        (b"23 Nov 2026 10:00:00 GMT", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        (b"2026-11-23 10:00:00", datetime(2026, 11, 23, 2, tzinfo=UTC)),
        ("2026年11月23日 10:00".encode(), datetime(2026, 11, 23, 2, tzinfo=UTC)),
        (b"Mon, 23 Nov 2026 10:00:00 +9999", None), (b"31 Feb 2026 10:00:00 +0800", None), (b"yesterday", None),
        (b"Mon, 23 Nov 9999 23:59:59 -2359", None), (b"\xff\xfe", None), (b"", None),
        (b"Mon, 23 Nov 99999999999999999999 10:00:00", None), (b"1 " * 5000, None),
    ],
)  # fmt: skip
def test_dates_are_read_or_named_as_odd(value, moment):
    mail = read_mail(head().replace(b"Mon, 23 Nov 2026 10:00:00 +0800", value) + b"\r\nbody")
    assert mail.sent_at == moment
    assert bool({"odd_date", "no_date"} & mail.problem_codes) == (moment is None)


def test_message_ids_missing_bare_or_twice_are_borne():
    assert read_mail(b"From: a@b.example\r\n\r\nx").message_id == ""
    assert "no_message_id" in read_mail(b"From: a@b.example\r\n\r\nx").problem_codes
    assert read_mail(b"Message-ID: 17@b.example\r\n\r\nx").message_id == "<17@b.example>"
    twice = read_mail(head(Message_ID=b"<2@b.example>") + b"\r\nx")
    assert twice.message_id == "<1@b.example>"
    assert "repeated_header" in twice.problem_codes


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"Content-Disposition: attachment; filename=\"order.xlsx\"", "order.xlsx"),
        (b"Content-Disposition: attachment; filename*=UTF-8''%E8%AE%A2%E5%8D%95.xlsx", "订单.xlsx"),
        (b"Content-Disposition: attachment; filename*=gb2312''%B6%A9%B5%A5.xlsx", "订单.xlsx"),
        (b"Content-Disposition: attachment; filename*0*=UTF-8''%E8%AE%A2%E5;\r\n filename*1*=%8D%95;\r\n filename*2=.xlsx", "订单.xlsx"),
        (b"Content-Disposition: attachment; filename=\"" + word("订单", "gbk", "gb2312") + b".xlsx\"", "订单.xlsx"),
        (b"Content-Disposition: attachment; filename=\"" + "订单.xlsx".encode("gbk") + b"\"", "订单.xlsx"),
        (b"Content-Disposition: attachment; filename=\"a.xlsx\"; filename*=UTF-8''%E8%AE%A2.xlsx", "订.xlsx"),
        (b"Content-Disposition: attachment", "attachment.xlsx"),
        (b"Content-Disposition: attachment; filename=\"../../etc/passwd\"", "passwd"),
        (b"Content-Disposition: attachment; filename=\"C:\\Users\\wang\\order.xlsx\"", "order.xlsx"),
        (b"Content-Disposition: attachment; filename=\"CON.xlsx\"", "_CON.xlsx"),
        (b"Content-Disposition: attachment; filename=\"a\x00b\x1b[31m.xlsx\"", "ab[31m.xlsx"),
        (b"Content-Disposition: attachment; filename=\"order\xe2\x80\xaexslx.exe\"", "orderxslx.exe"),
        (b"Content-Disposition: attachment; filename=\"...\"", "attachment.xlsx"),
        (b"Content-Disposition: attachment; filename=\"a.\"; filename*x*=1; ;;=; filename*99999*=x", "a.xlsx"),
    ],
)  # fmt: skip
def test_names_of_files_are_read_and_made_safe(header, name):
    mail = read_mail(with_file(header))
    [file] = mail.attachments
    assert (file.name, file.content_type, file.content) == (
        name.replace("a.xlsx", "a") if 'a."' in header.decode("latin-1") else name,
        XLSX,
        SHEET,
    )
    sound(mail)


def test_a_very_long_name_keeps_its_extension():
    name = safe_name("订单" * 500 + ".xlsx")
    assert name.endswith(("单.xlsx", "订.xlsx"))
    assert len(name.encode()) <= 180


@given(st.text(max_size=400))
def test_any_name_becomes_one_that_can_be_stored(text):
    name = safe_name(text)
    assert name == safe_name(name)
    assert not CONTROLS.search(name)
    assert not set('/\\<>:"|?*') & set(name)
    assert 0 < len(name.encode()) <= 180


@pytest.mark.parametrize(
    ("kind", "name", "content", "code"),
    [
        (b"application/ms-tnef", b"winmail.dat", b"\x78\x9f\x3e\x22" + b"\x01" * 40, "winmail"),
        (b"application/zip", b"orders.zip", b"PK\x03\x04" + b"\x00" * 60, "packed_file"),
        (b"application/pkcs7-mime; smime-type=enveloped-data", b"smime.p7m", b"\x30\x80" + b"\x06" * 40, "encrypted"),
        (b"application/pkcs7-signature", b"smime.p7s", b"\x30\x80" + b"\x06" * 40, "signed"),
        (b"application/pgp-signature", b"signature.asc", b"-----BEGIN PGP SIGNATURE-----", "signed"),
        (b"application/pdf", b"order.pdf", b"MZ" + b"\x00" * 80, "program"),
        (b"application/pdf", b"order.pdf", b"<script>alert(1)</script>", "other_kind"),
        (b"application/octet-stream", b"order.pdf.exe", b"whatever", "program"),
        (b"message/rfc822", b"", letter("weitergeleitet"), "mail_inside"),
    ],
)  # fmt: skip
def test_files_one_should_not_open_are_kept_whole_and_named(kind, name, content, code):
    header = b"Content-Disposition: attachment" + (b'; filename="' + name + b'"' if name else b"")
    mail = read_mail(with_file(header, content, kind))
    assert mail.attachments[0].content == content
    assert code in mail.problem_codes
    assert mail.text == "see file"
    sound(mail)


def test_a_mail_inside_a_mail_is_a_file_named_by_its_subject():
    mail = read_mail(with_file(b"Content-Disposition: attachment", letter("客户订单"), b"message/rfc822"))
    assert (mail.attachments[0].name, mail.attachments[0].content_type) == ("客户订单.eml", "message/rfc822")


def test_of_two_versions_the_plain_one_is_read_and_the_other_is_no_file():
    mail = EmailMessage()
    mail["From"] = "a@b.example"
    mail.set_content("plain words")
    mail.add_alternative("<p>rich words</p>", subtype="html")
    mail.add_attachment(
        b"\x89PNG\r\n\x1a\n...", maintype="image", subtype="png", filename="logo.png", disposition="inline"
    )
    read = read_mail(mail.as_bytes(policy=SMTP))
    assert read.text == "plain words"
    assert [(one.name, one.is_inline) for one in read.attachments] == [("logo.png", True)]


def test_html_becomes_text_with_its_table_kept_apart_by_tabs():
    html = (
        "<html><head><title>no</title><style>p{}</style></head><body><p>您好&nbsp;王芳：</p><!-- hidden -->"
        "<table><tr><th>料号</th><th>数量</th></tr><tr><td>A-1</td><td>40&lt;50</td></tr></table>"
        "<script>alert(1)</script><img src=x onerror=alert(1)>done</body></html>"
    )
    assert html_to_text(html) == "您好 王芳：\n料号\t数量\nA-1\t40<50\ndone"


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", '<a "', "<!--", "<script>", "&#", "<td>", "<p", '<a href="x>', "</", "<![CDATA[", "&" * 9, "<style>'"],
)
def test_hostile_html_takes_time_in_proportion_to_its_length(piece):
    html = piece * (400_000 // len(piece))
    began = time.process_time()
    html_to_text(html)
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "mark",
    [
        "-----原始邮件-----\n发件人: 李四", "------------------ 原始邮件 ------------------\n发件人: \"李四\"", "-----Original Message-----\nFrom: x",
        "On Mon, 23 Nov 2026 at 10:00, Li Si <li@x.example> wrote:\n> ja", "在 2026年11月23日，李四 写道：\n> 是", "于 2026/11/23 10:00, 李四 写道:\n> 是",
        "发件人： 李四\n发送时间： 2026年11月23日\n收件人： 王芳\n主题： 订单\n\n旧", "From: Li Si\nSent: Monday\nTo: Wang\nSubject: Order\n\nold",
        "________________________________\nFrom: Li Si\nSent: Monday\nTo: Wang", "> old\n> older\n> oldest", "---- 回复的原邮件 ----\n| 发件人 | 李四 |",
    ],
)  # fmt: skip
def test_what_the_sender_wrote_now_is_told_from_the_mails_below(mark):
    mail = read_mail(letter("Re: x", f"好的，请改为 50 箱。\n发件人: 我自己提到\n\n{mark}\n旧的内容\n"))
    assert mail.text == "好的，请改为 50 箱。\n发件人: 我自己提到"
    assert mail.quoted.startswith(mark.splitlines()[0])
    assert "旧的内容" in mail.quoted


def test_a_forwarded_mail_with_nothing_above_is_read_whole():
    text = "-----原始邮件-----\n发件人: 李四\n\n请发货 40 箱"
    mail = read_mail(letter("Fw: x", text))
    assert (mail.text, mail.quoted) == (text, "")


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        ({"Auto-Submitted": "auto-replied"}, True), ({"Auto-Submitted": "no"}, False), ({"Precedence": "bulk"}, True),
        ({"Precedence": "list"}, False), ({"Return-Path": "<>"}, True), ({"Return-Path": "<a@b.example>"}, False),
        ({"Subject": "自动回复: 我在休假"}, True), ({"Subject": "Automatic reply: away"}, True), ({"Subject": "自动机订单"}, False),
    ],
)  # fmt: skip
def test_answers_of_machines_are_told_from_those_of_people(header, automatic):
    assert read_mail(letter(**header)).is_auto_reply is automatic


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_lines_may_end_in_any_way(end):
    raw = (
        with_file(b'Content-Disposition: attachment; filename="order.xlsx"').replace(b"\r\n", b"\n").replace(b"\n", end)
    )
    mail = read_mail(raw)
    assert (mail.subject, mail.text, [one.name for one in mail.attachments]) == ("x", "see file", ["order.xlsx"])
    assert mail.attachments[0].content == SHEET


def nested(depth: int) -> bytes:
    raw = b"Content-Type: text/plain\r\n\r\ndeep"
    for level in range(depth):
        mark = b"b%d" % level
        raw = (
            b"Content-Type: multipart/mixed; boundary="
            + mark
            + b"\r\n\r\n--"
            + mark
            + b"\r\n"
            + raw
            + b"\r\n--"
            + mark
            + b"--"
        )
    return head()[:-2] + b"\r\n" + raw


def test_a_mail_nested_without_end_is_kept_from_the_limit_on():
    assert read_mail(nested(15)).text == "deep"
    began = time.process_time()
    mail = read_mail(nested(3000))
    assert time.process_time() - began < 2
    assert mail.problem_codes >= {"too_deep"}
    assert len(mail.attachments) == 1


def test_a_mail_of_thousands_of_parts_is_read_up_to_the_limit():
    part = b"--B\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-\r\n"
    mail = read_mail(head(Content_Type=b"multipart/mixed; boundary=B") + b"\r\n" + part * 20_000 + b"--B--")
    assert "too_many_parts" in mail.problem_codes
    assert 400 <= len(mail.attachments) <= 500


def test_a_mail_above_thirty_megabytes_gives_only_its_head():
    mail = read_mail(head("大".encode()) + b"\r\n" + b"x" * MAX_BYTES)
    assert (mail.subject, mail.text, mail.problem_codes) == ("大", "", {"too_big"})


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x00" * 1000, b"\r" * 1000, b"\n" * 1000, b":" * 1000, b"A" * 1_000_000, b"A: b\r\n" * 100_000, b"\xff" * 10_000,
        head(Content_Type=b"multipart/mixed"), head(Content_Type=b"multipart/mixed; boundary="),
        head(Content_Type=b'multipart/mixed; boundary="' + b"(" * 3000 + b'"') + b"\r\n--", head(Content_Type=b"; ; ;=;=x"),
        head(Content_Type=b"multipart/mixed; boundary=B") + b"\r\n" + b"--B\r\n" * 100_000,
        head(Content_Transfer_Encoding=b"base64") + b"\r\n" + b"A=" * 500_000,
        head(Content_Transfer_Encoding=b"quoted-printable") + b"\r\n" + b"=" * 500_000,
        head(Content_Transfer_Encoding=b"x-uuencode") + b"\r\nbegin 644 x", head(References=b"<" * 60_000), head(To=b"a@b," * 15_000),
        head(To=b'"' + b"\\" * 60_000), head(b"=?utf-8?B?" * 6000), head(b"=?a?q?" + b"?=" * 20_000), head(To=b"<" * 60_000),
        head(Content_Disposition=b"attachment; " + b"filename*0*=x;" * 4000), head(Content_Type=b"text/html") + b"\r\n" + b"<a '" * 200_000,
        head(Content_Type=b"text/plain; charset=utf-7") + b"\r\n+2AA- +2AD/-", head(b"\x1b$B\xff\xff\x1b(B"), letter(text="-" * 300_000),
        letter(text="\n".join(["on " * 60] * 3000)), letter(text=("在 " + "x" * 390 + "\n") * 3000),
    ],
)  # fmt: skip
def test_hostile_mails_are_read_quickly_and_stay_sound(raw):
    began = time.process_time()
    sound(read_mail(raw))
    assert time.process_time() - began < 5


CORPUS = [
    letter(),
    letter("Re: 订单", "好\n\n-----原始邮件-----\n发件人: x\n", References="<a@x> <b@x>"),
    with_file(b"Content-Disposition: attachment; filename*0*=UTF-8''%E8%AE%A2;\r\n filename*1*=%E5%8D%95.xlsx"),
    with_file(b"Content-Disposition: attachment", letter("内"), b"message/rfc822"),
    nested(3),
    head(word("订单", "gbk", "gb2312"))
    + b"Content-Type: text/html; charset=gb2312\r\n\r\n"
    + "<p>订单<br>确认".encode("gbk"),
]


@given(st.binary(max_size=3000))
def test_any_bytes_are_a_mail(raw):
    sound(read_mail(raw))
    assert parse_mail(raw) == read_mail(raw)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(CORPUS),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 40), st.binary(max_size=30)), min_size=1, max_size=8),
)
def test_any_damaged_mail_is_a_mail(raw, damages):
    for place, length, instead in damages:
        start = place % (len(raw) + 1)
        raw = raw[:start] + instead + raw[start + length :]
    sound(read_mail(raw))


@settings(max_examples=100)
@given(
    subject=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=60),
    text=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=300),
    content=st.binary(max_size=300),
    charset=st.sampled_from(["utf-8", "gb18030"]),
)
def test_what_a_mail_program_writes_is_read_as_it_was_meant(subject, text, content, charset):
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "a@b.example"
    mail["Subject"] = subject
    mail.set_content(text, charset=charset)
    mail.add_attachment(content, maintype="application", subtype="octet-stream", filename="file.bin")
    read = read_mail(mail.as_bytes())
    assert read.subject == subject
    assert f"{read.text}\n{read.quoted}".split() == text.split()
    assert [one.content for one in read.attachments] == [content]


def test_the_last_net_catches_what_nobody_foresaw(monkeypatch):
    monkeypatch.setattr("salesops.connectors.mail.parsing.take_apart", lambda *_: 1 / 0)
    mail = parse_mail(letter())
    assert mail.problem_codes == {"unreadable"}
    assert len(mail.sha256) == 64


def test_every_problem_has_its_sentence_and_old_mail_programs_agree():
    assert decode_text(b"plain").text == "plain"
    old = EmailMessage(policy=compat32)
    old["From"] = "a@b.example"
    old.set_payload(crlf("one\ntwo"))
    assert read_mail(old.as_bytes()).text == "one\ntwo"
