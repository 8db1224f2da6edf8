"""What the demo company's customers send: mails, sheets, pictures, PDFs; made here, so that nothing is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from io import BytesIO

import typst
import xlsxwriter
from django.utils import timezone

from salesops.documents.characters import FONTS

SheetRow = tuple[str, ...]
HEADINGS: SheetRow = ("货号", "品名", "规格", "数量", "单位", "备注")
_SHEET_TYPE = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def sheet(rows: Sequence[SheetRow], headings: SheetRow = HEADINGS) -> bytes:
    """A small .xlsx as a buyer makes it; numbers are numbers."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        page = book.add_worksheet("采购单")
        bold = book.add_format({"bold": True, "bg_color": "#DDE7F3"})
        page.set_column(0, len(headings) - 1, 16)
        page.write_row(0, 0, headings, bold)
        for place, cells in enumerate(rows, 1):
            for column, text in enumerate(cells):
                page.write(place, column, float(text) if text.replace(".", "", 1).isdigit() else text)
    return made.getvalue()


def mail(
    sender: str, name: str, subject: str, text: str, *, file_name: str = "", file: bytes = b"", answers: str = "",
    is_automatic: bool = False,
) -> bytes:  # fmt: skip
    """A mail as it arrives, written now."""
    made = EmailMessage()
    made["From"] = f'"{name}" <{sender}>'
    made["To"] = "orders@example.com"
    made["Subject"] = subject
    made["Date"] = format_datetime(timezone.localtime())
    moment = f"{timezone.now():%Y%m%d%H%M%S}"
    made["Message-ID"] = f"<{moment}.{sender}>"
    if answers:
        made["In-Reply-To"] = answers
        made["References"] = answers
    if is_automatic:
        made["Auto-Submitted"] = "auto-replied"
    made.set_content(text)
    if file:
        made.add_attachment(file, maintype=_SHEET_TYPE[0], subtype=_SHEET_TYPE[1], filename=file_name)
    return bytes(made)


def signed_receipt(number: str, name: str) -> bytes:
    """The picture of a delivery note somebody signed."""
    body = f"""
    #text(16pt, weight: "bold")[送货单回单] #h(1fr) {number}
    #line(length: 100%)
    货物已按单收妥，外包装完好。
    #v(14pt)
    签收人: #h(8pt) #text(24pt, fill: rgb("#1d3f8f"), style: "italic")[{name}]
    #v(4pt)
    #align(right)[#box(stroke: 2pt + rgb("#c33"), inset: 8pt, radius: 3pt)[#text(fill: rgb("#c33"))[收货专用章]]]
    """
    return _set(body, picture=True)


def handwritten(lines: Sequence[str]) -> bytes:
    """The picture of an order on a note, as it comes by messenger."""
    words = " \\\n".join(lines)
    body = f'#rotate(-2deg)[#text(17pt, fill: rgb("#233a6b"))[{words}]]'
    return _set(body, picture=True, paper="#fbf6e4")


def purchase_order(number: str, buyer: str, rows: Sequence[SheetRow]) -> bytes:
    """A customer's purchase order as PDF."""
    cells = ", ".join(f"[{text}]" for cells in (HEADINGS, *rows) for text in cells)
    body = f"""
    #align(center)[#text(18pt, weight: "bold")[采 购 订 单]]
    #v(6pt)
    订单编号: {number} #h(1fr) 采购方: {buyer}
    #table(columns: {len(HEADINGS)}, inset: 6pt, {cells})
    请于三个工作日内确认交期，随货附送货单与检验报告。
    """
    return _set(body, picture=False)


def _set(body: str, *, picture: bool, paper: str = "#ffffff") -> bytes:
    size = "width: 320pt, height: auto" if picture else 'paper: "a4"'
    source = f"""
    #set page({size}, margin: 24pt, fill: rgb("{paper}"))
    #set text(font: ("Noto Sans", "Noto Sans CJK SC"), size: 11pt, lang: "zh")
    {body}
    """
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    made: bytes = typst.compile(
        source.encode(), font_paths=fonts, ignore_system_fonts=True, format="png" if picture else "pdf", ppi=110
    )
    return made
