"""What people rely on when a document is printed: nothing typed is executed, nothing is lost, nothing is torn apart."""

from __future__ import annotations

import hashlib
import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from salesops.documents.characters import FONTS, REPLACEMENT, breakable, is_printable, printable
from salesops.documents.models import CompanyProfile
from salesops.documents.paper import Column, Fact, Letterhead, Paper, Table, chosen_languages, say
from salesops.documents.pictures import pixels_of
from salesops.documents.typesetting import UnprintableError, check_logo, typeset

HOSTILE = (
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.2.0"',
    '#eval("1+1")',
    "#sys.inputs.paper",
    "$ x^2 $ * _ @ <label>",
    "*bold* _italic_ `raw` = head",
    "\\u{41} \\ ~ -- --- // x /* y */",
    '"] } ) #panic("no")',
    "{page} of {pages}",
    "- item + item / term: x",
    "https://example.com/<script>alert(1)</script>",
)


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    rows = b"".join(b"\0" + b"\x10\x20\x30" * width for _ in range(height))
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def paper(*texts: str, rows: int = 0, languages=("zh", "en"), **parts) -> Paper:
    """A document with the texts as facts, or with rows and a total."""
    tables: tuple[Table, ...] = ()
    if rows:
        cells = tuple(((f"r{row}.",), (f"货品 {row}",), (f"{row}.00",)) for row in range(1, rows + 1))
        table = Table(
            (Column(("行",), 20), Column(("品名", "Name"), 0), Column(("金额",), 30, "right")),
            cells,
            (Fact(("税额",), ("1.00",)), Fact(("合计", "Total"), ("9.99",), True)),
        )
        tables = (table,)
    values = {
        "languages": languages,
        "letterhead": Letterhead(("杭州示例科技有限公司",), ("文三路 88 号",)),
        "title": ("订单确认书", "Order confirmation"),
        "number": "SO-1",
        "head": (),
        "blocks": (),
        "tables": tables,
        "closing": tuple(Fact((f"t{place}",), (text,)) for place, text in enumerate(texts)),
        "page_words": ("第 {page} 页，共 {pages} 页", "Page {page} of {pages}"),
        "unprintable_words": ("无法打印的字符",),
        "foot": "SO-1",
    }
    return Paper(**{**values, **parts})


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    """Without spaces and the places where a line may break: how a text is laid out is not what it says."""
    return "".join(letter for letter in text if not letter.isspace() and letter != "\u200b")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_type_is_printed_letter_by_letter_and_never_read_as_markup(text):
    assert squeezed(text) in squeezed("".join(pages_of(typeset(paper(text)).pdf)))


def test_a_hostile_text_is_inert_in_every_place_of_a_document():
    bad = HOSTILE[0]
    everywhere = paper(
        bad,
        title=(bad,),
        number=bad,
        foot=bad,
        letterhead=Letterhead((bad,), (bad,)),
        signatures=((bad,),),
        stamp=(bad,),
        tables=(Table((Column((bad,), 0), Column((bad,), 40)), (((bad,), (bad, bad)),), (Fact((bad,), (bad,)),)),),
    )
    text = squeezed("".join(pages_of(typeset(everywhere).pdf)))
    assert text.count(squeezed(bad)) >= 11
    assert "root:" not in text


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_no_text_whatever_breaks_a_document(text):
    assert typeset(paper(text, languages=("en",))).pdf.startswith(b"%PDF")


def test_the_same_document_is_the_same_bytes():
    assert typeset(paper("备注", rows=5)).pdf == typeset(paper("备注", rows=5)).pdf


def test_a_character_the_fonts_lack_is_shown_as_missing_and_named():
    made = typeset(paper("𪚥公司😀"))
    text = squeezed("".join(pages_of(made.pdf)))
    assert made.missing == ("𪚥", "😀")
    assert f"{REPLACEMENT}公司{REPLACEMENT}" in text
    assert "无法打印的字符:U+2A6A5,U+1F600" in text


def test_nothing_is_named_as_missing_where_nothing_is():
    made = typeset(paper("镕堃喆淼 Škoda Łódź Győr Ελλάς Россия ¥€£₽₹ ┌─┐ ①"))
    assert made.missing == ()
    assert "无法打印" not in "".join(pages_of(made.pdf))


def test_every_chinese_character_of_gb2312_and_gbk_can_be_printed():
    pairs = (bytes((lead, trail)) for lead in range(0x81, 0xFF) for trail in range(0x40, 0xFF))
    texts = [pair.decode("gbk", "ignore") for pair in pairs]
    letters = {text for text in texts if len(text) == 1 and ord(text) > 0x7F and not 0xE000 <= ord(text) < 0xF900}
    assert len(letters) > 21_000
    assert {letter for letter in letters if not is_printable(letter)} == {"≒"}  # no such sign in the source


def test_an_accent_typed_apart_is_joined_and_directions_are_not_printed():
    missing: dict[str, None] = {}
    assert printable("S\u030ckoda \u202eevil\u202c\u0000x\r\ny", missing) == "Škoda evilx\ny"
    assert missing == {}


def test_a_long_code_may_break_anywhere_and_a_short_one_stays_as_it_is():
    assert breakable("TJ-LED-12 白", 14) == "TJ-LED-12 白"
    assert breakable("A" * 15, 14) == "\u200b".join("A" * 15)
    assert breakable("A" * 15, 15) == "A" * 15


def test_a_number_and_an_address_are_copied_out_of_a_document_as_they_were_written():
    number, address = "SO-20261127-0019", "orders@hangzhou-example.com.cn"
    made = paper(
        number=number, foot=number, head=(Fact(("No.",), (number,)),), letterhead=Letterhead(("Us",), (address,))
    )
    pdf = typeset(made).pdf
    text = "".join(pages_of(pdf))
    assert text.count(number) == 2  # above and below
    assert address in text
    assert PdfReader(io.BytesIO(pdf)).metadata.title.endswith(number)


def test_every_page_says_which_of_how_many_it_is_and_repeats_the_heads_of_the_table():
    pages = pages_of(typeset(paper(rows=120)).pdf)
    assert len(pages) > 2
    for place, text in enumerate(pages, 1):
        assert squeezed(f"第{place}页，共{len(pages)}页/Page{place}of{len(pages)}") in squeezed(text)
    with_rows = [text for text in pages if "货品" in text]
    assert len(with_rows) >= len(pages) - 1
    assert all("品名" in text for text in with_rows)


@pytest.mark.parametrize("rows", range(22, 62))
def test_the_totals_stand_on_the_page_of_the_last_row(rows):
    pages = pages_of(typeset(paper(rows=rows)).pdf)
    holding = [page for page in pages if "合计" in page]
    assert len(holding) == 1
    assert f"r{rows}." in holding[0]
    assert "税额" in holding[0]


def test_signatures_never_stand_alone_on_a_page():
    for rows in range(20, 50, 3):
        last = pages_of(typeset(paper("备注", rows=rows, signatures=(("买方",), ("卖方",)))).pdf)[-1]
        assert "买方" not in last or "备注" in last


def test_the_fonts_are_what_they_were_when_they_were_made():
    listed = [line.split("  ") for line in (FONTS / "CHECKSUMS.sha256").read_text(encoding="utf-8").splitlines()]
    kept = {path.name for path in FONTS.iterdir()} - {"CHECKSUMS.sha256"}
    assert {name for _digest, name in listed} == kept
    assert "LICENSE-OFL.txt" in kept
    assert [name for digest, name in listed if hashlib.sha256((FONTS / name).read_bytes()).hexdigest() != digest] == []
    assert max((FONTS / name).stat().st_size for name in kept) < 6_000_000


def test_a_picture_is_measured_before_it_is_unpacked():
    assert pixels_of(png(30, 20)) == (30, 20)
    assert pixels_of(b"GIF89a....") is None
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x14\x00\x1e\x01"
    assert pixels_of(jpeg) == (30, 20)
    assert pixels_of(b"\xff\xd8\xff") is None


def test_a_damaged_logo_is_refused_before_it_spoils_a_document():
    check_logo(png())
    with pytest.raises(UnprintableError):
        check_logo(png()[:40])


def test_the_logo_is_printed():
    plain, with_logo = (
        PdfReader(io.BytesIO(typeset(paper(letterhead=Letterhead(("A",), (), logo))).pdf)) for logo in (b"", png())
    )
    assert len(plain.pages[0].images) == 0
    assert len(with_logo.pages[0].images) == 1


def test_a_document_is_written_in_chinese_english_or_both_and_in_nothing_else():
    assert chosen_languages(["en", "zh"]) == ("en", "zh")
    assert chosen_languages("zh en".split()) == ("zh", "en")
    for wrong in ([], ["fr"], ["zh", "fr"]):
        with pytest.raises(ValueError, match="zh, en or both"):
            chosen_languages(wrong)


def test_a_word_that_is_the_same_in_both_languages_is_said_once():
    assert say("PDF-X", ("zh", "en")) == ("PDF-X",)


@pytest.mark.django_db
def test_the_letterhead_falls_back_to_the_other_language_rather_than_to_nothing():
    profile = CompanyProfile(name_zh="杭州示例", address_en="Hangzhou")
    assert profile.letterhead(("en",)).names == ("杭州示例",)
    assert profile.letterhead(("zh",)).lines == ("Hangzhou",)


@pytest.mark.django_db
def test_there_is_one_company():
    CompanyProfile(name_zh="一").save()
    CompanyProfile(name_zh="二").save()
    assert [profile.name_zh for profile in CompanyProfile.objects.all()] == ["二"]
