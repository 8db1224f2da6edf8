"""Small files for the tests: sound ones, and hostile ones as people or attackers really make them."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
WORKBOOK = f'<workbook xmlns="{SPREADSHEET}" xmlns:r="{RELATIONS}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
BOOK_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
)
ROOT_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)


def sheet_xml(rows: str) -> str:
    return f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData></worksheet>'


def parts(sheet: str, strings: str = "") -> dict[str, str]:
    return {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": ROOT_RELATIONS,
        "xl/workbook.xml": WORKBOOK,
        "xl/_rels/workbook.xml.rels": BOOK_RELATIONS,
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": strings or f'<sst xmlns="{SPREADSHEET}"/>',
    }


def packed(path: Path, content: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return path


def workbook(path: Path, rows: Sequence[Any], name: str = "订单") -> Path:
    """A sound workbook."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return path


def ratio_bomb(path: Path, megabytes: int = 600) -> Path:
    """One part of blanks that packs a thousand to one."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts("").items():
            if name != "xl/worksheets/sheet1.xml":
                archive.writestr(name, part)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sink:
            for _ in range(megabytes):
                sink.write(b" " * (1 << 20))
    return path


def lying_bomb(path: Path) -> Path:
    """The directory says a part has 1,000 bytes; it unpacks to 64 MB."""
    ratio_bomb(path, 64)
    raw = bytearray(path.read_bytes())
    place = raw.find(b"PK\x01\x02")
    while place >= 0:
        length = struct.unpack_from("<H", raw, place + 28)[0]
        if raw[place + 46 : place + 46 + length] == b"xl/worksheets/sheet1.xml":
            struct.pack_into("<I", raw, place + 24, 1000)
        place = raw.find(b"PK\x01\x02", place + 4)
    path.write_bytes(raw)
    return path


def nested(path: Path) -> Path:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("orders.csv", "a,b\n1,2\n")
    return packed(path, {"inner.zip": inner.getvalue()})


def many_parts(path: Path) -> Path:
    content: dict[str, str | bytes] = dict(parts(sheet_xml("")))
    content |= {f"xl/media/{number}.txt": "x" for number in range(1100)}
    return packed(path, content)


def far_corner(path: Path) -> Path:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return packed(path, parts(sheet_xml(rows)))


def sparse(path: Path) -> Path:
    """Within the columns allowed, yet 150 million empty cells."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="EZ1048576"><v>1</v></c></row>'
    return packed(path, parts(sheet_xml(rows)))


def empty_rows(path: Path, count: int = 1_048_575) -> Path:
    """Headings, one row, and every other row of the sheet there but empty."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>' + "".join(f'<row r="{n}" ht="15"/>' for n in range(2, count + 1))
    last = f'<row r="{count + 1}"><c r="A{count + 1}"><v>1</v></c></row>'
    return packed(path, parts(sheet_xml(rows + last)))


def with_entity(path: Path, where: str, secret: Path) -> Path:
    sheet, strings = sheet_xml('<row r="1"><c r="A1" t="s"><v>0</v></c></row>'), ""
    if where == "sheet":
        sheet = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>' + sheet_xml(
            '<row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row>'
        )
    elif where == "strings":
        strings = (
            f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]><sst xmlns="{SPREADSHEET}"><si><t>&e;</t></si></sst>'
        )
    elif where == "laughs":
        levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        strings = f'<!DOCTYPE x [<!ENTITY l0 "ha">{levels}]><sst xmlns="{SPREADSHEET}"><si><t>&l9;</t></si></sst>'
    elif where == "quadratic":
        strings = f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><sst xmlns="{SPREADSHEET}"><si><t>{"&a;" * 20_000}</t></si></sst>'
    else:
        return packed(path, parts(sheet) | {"xl/workbook.xml": f'<!DOCTYPE x [<!ENTITY e "x">]>{WORKBOOK}'})
    return packed(path, parts(sheet, strings))


def encrypted_workbook(path: Path) -> Path:
    """The outer shape of a workbook with a password: an old container that holds the part EncryptedPackage."""
    directory = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + directory + b"\0" * 512)
    return path
