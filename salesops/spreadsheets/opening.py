"""What kind of file this is by its first bytes, and the way into it. Runs in the child, free of Django."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.layout import TableWriter
from salesops.spreadsheets.limits import Limits
from salesops.spreadsheets.packed import ENCRYPTED, check_archive, has_xml_sheets
from salesops.spreadsheets.text_files import ENCODINGS, first_lines, guess_delimiter, guess_encoding, read_rows
from salesops.spreadsheets.workbooks import look_through, read_workbook
from salesops.spreadsheets.xls_records import shapes_of

Tell = Callable[[dict[str, Any]], None]
READING = gettext_noop("Reading rows")
ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")  # an .xlsx with a password lies inside an old container
TEXT_NAMES = (".csv", ".tsv", ".txt")
ALL_NAMES = (*TEXT_NAMES, ".xls", ".xlsx", ".xlsm")

EMPTY = gettext_noop("The file is empty.")
NO_ROWS = gettext_noop("The file holds no rows.")
TOO_LARGE = gettext_noop(
    "The file has %(size)s MB; %(limit)s MB are allowed. Split it into several files and import one after another."
)
WEB_PAGE = gettext_noop(
    "The file is a web page that was given the name of a sheet. "
    "Open it in Excel and save it as “Excel workbook (.xlsx)”."
)
OLD_XML = gettext_noop(
    "The file is an “XML spreadsheet 2003”. Open it in Excel and save it as “Excel workbook (.xlsx)”."
)
A_PDF = gettext_noop("The file is a PDF, not a sheet. Upload .xlsx, .xls or .csv.")
A_PICTURE = gettext_noop("The file is a picture, not a sheet. Upload .xlsx, .xls or .csv.")
AN_ARCHIVE = gettext_noop("The file is a packed archive. Unpack it and upload the sheet inside.")
NO_SHEET = gettext_noop("The file is not a sheet. Upload .xlsx, .xls or .csv.")
TEXT_AS_WORKBOOK = gettext_noop(
    "The name ends in %(ending)s, but the file is plain text. "
    "Give it the ending .csv, or save it as a workbook in Excel."
)
DAMAGED = gettext_noop(
    "The file is damaged or was not fully transferred. Open it in Excel, save it again and upload it once more."
)
BINARY_WORKBOOK = gettext_noop("Binary workbooks (.xlsb) are not read. Save it as “Excel workbook (.xlsx)”.")
OTHER_ARCHIVE = gettext_noop("The archive holds something other than CSV files: “%(name)s”.")

OTHER_KINDS = (
    (b"%PDF", A_PDF),
    (b"\x89PNG", A_PICTURE),
    (b"\xff\xd8\xff", A_PICTURE),
    (b"GIF8", A_PICTURE),
    (b"Rar!", AN_ARCHIVE),
    (b"7z\xbc\xaf", AN_ARCHIVE),
    (b"\x1f\x8b", AN_ARCHIVE),
    (b"MZ\x90", NO_SHEET),
    (b"\x7fELF", NO_SHEET),
    (b"{\\rtf", NO_SHEET),
    (b"SQLite format 3", NO_SHEET),
)


def read_all(
    path: Path, name: str, folder: Path, limits: Limits, options: dict[str, Any], tell: Tell
) -> dict[str, Any]:
    """Read a file, a folder of files or an archive of text files into one workbook that holds at least one row."""
    whole = read_any(path, name, folder, limits, options, tell)
    if not any(table["row_count"] or table["left_out_count"] for table in whole["tables"]):
        raise SheetRefused(NO_ROWS)
    return whole


def read_any(
    path: Path, name: str, folder: Path, limits: Limits, options: dict[str, Any], tell: Tell
) -> dict[str, Any]:
    """Read one of them as it is."""
    if path.is_dir():
        return _read_folder(path, folder, limits, options, tell)
    size = path.stat().st_size
    if size == 0:
        raise SheetRefused(EMPTY)
    with path.open("rb") as opened:
        start = opened.read(4096)
    ending = Path(name).suffix.lower()
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _check_size(size, limits.packed_bytes)
        return _read_archive(path, folder, limits, options, tell)
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        _check_size(size, limits.packed_bytes)
        if ENCRYPTED_PART in path.read_bytes():
            raise SheetRefused(ENCRYPTED)
        return read_workbook(_named(path, folder, ".xls"), shapes_of(path), folder, limits, options, tell)
    for magic, sentence in OTHER_KINDS:
        if start.startswith(magic):
            raise SheetRefused(sentence)
    _refuse_markup(start)
    if ending in (".xls", ".xlsx", ".xlsm", ".xlsb"):
        looks_binary = b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff"))
        raise SheetRefused(DAMAGED) if looks_binary else SheetRefused(TEXT_AS_WORKBOOK, {"ending": ending})
    _check_size(size, limits.text_bytes)
    return _read_texts([(path, Path(name).stem)], folder, limits, options, tell)


def _named(path: Path, folder: Path, ending: str) -> Path:
    """The file under the ending its first bytes ask for: calamine believes the name, people mix the endings up."""
    if path.suffix.lower() == ending:
        return path
    link = folder / f"workbook{ending}"
    link.unlink(missing_ok=True)
    link.symlink_to(path.resolve())
    return link


def _read_folder(path: Path, folder: Path, limits: Limits, options: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Several files as one workbook; `options["names"]` maps stored names to those the person gave them."""
    given = options.get("names") or {}
    whole: dict[str, Any] = {"tables": [], "notes": [], "encoding": ""}
    encodings: set[str] = set()
    taken: set[str] = set()
    files = sorted(entry for entry in path.iterdir() if entry.is_file() and entry.suffix.lower() in ALL_NAMES)
    for place, entry in enumerate(files):
        name = given.get(entry.name, entry.name)
        inner = folder / f"file-{place}"
        inner.mkdir(parents=True, exist_ok=True)
        one = read_any(entry, name, inner, limits, options, tell)
        for table in one["tables"]:
            own = Path(name).stem if len(one["tables"]) == 1 else table["name"]
            table["name"] = own if own not in taken else f"{own} ({place + 1})"
            taken.add(table["name"])
        whole["tables"] += one["tables"]
        encodings.update(part for part in one["encoding"].split(", ") if part)
    if not whole["tables"]:
        raise SheetRefused(NO_ROWS)
    whole["encoding"] = ", ".join(sorted(encodings))
    return whole


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise SheetRefused(TOO_LARGE, {"size": f"{size / 1048576:,.1f}", "limit": f"{limit / 1048576:,.0f}"})


def _refuse_markup(start: bytes) -> None:
    text = start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    if text.startswith(b"<?xml") and b"urn:schemas-microsoft-com:office:spreadsheet" in text:
        raise SheetRefused(OLD_XML)
    if re.match(rb"<(!doctype|html|\?xml|table|head|body|meta|div|svg|!--)", text):
        raise SheetRefused(WEB_PAGE)


def _read_archive(path: Path, folder: Path, limits: Limits, options: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """A workbook is an archive with XML parts; an archive of text files is several tables."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if has_xml_sheets(names):
                shapes = look_through(archive, limits)
                return read_workbook(_named(path, folder, ".xlsx"), shapes, folder, limits, options, tell)
            check_archive(archive, limits)
            if any(name.endswith("workbook.bin") for name in names):
                raise SheetRefused(BINARY_WORKBOOK)
            return _read_packed_texts(archive, folder, limits, options, tell)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, ValueError) as error:
        raise SheetRefused(DAMAGED) from error


def _read_packed_texts(
    archive: zipfile.ZipFile, folder: Path, limits: Limits, options: dict[str, Any], tell: Tell
) -> dict[str, Any]:
    unpacked = folder / "unpacked"
    unpacked.mkdir(parents=True, exist_ok=True)
    files: list[tuple[Path, str]] = []
    for place, member in enumerate(archive.infolist()):
        inner = Path(_own_name(member))
        if member.is_dir() or inner.name.startswith((".", "~")) or "__MACOSX" in inner.parts:
            continue
        if inner.suffix.lower() not in TEXT_NAMES:
            raise SheetRefused(OTHER_ARCHIVE, {"name": inner.name})
        target = unpacked / f"{place}.csv"  # names inside an archive are never trusted as paths
        with archive.open(member) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink)
        files.append((target, _free_name(inner.stem, {name for _, name in files})))
    return _read_texts(files, folder, limits, options, tell)


def _own_name(member: zipfile.ZipInfo) -> str:
    """The name as its packer meant it: Chinese Windows writes GBK and does not say so."""
    if member.flag_bits & 0x800:
        return member.filename
    raw = member.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return member.filename


def _free_name(name: str, taken: set[str]) -> str:
    """Two files of one name in two folders stay two tables."""
    free, place = name, 1
    while free in taken:
        place += 1
        free = f"{name} ({place})"
    return free


def _read_texts(
    files: list[tuple[Path, str]], folder: Path, limits: Limits, options: dict[str, Any], tell: Tell
) -> dict[str, Any]:
    tables, encodings = [], []
    if len(files) > limits.parts:
        raise SheetRefused(TOO_LARGE, {"size": len(files), "limit": limits.parts})
    total = sum(path.stat().st_size for path, _ in files)
    _check_size(total, limits.text_bytes)
    before = 0
    for place, (path, name) in enumerate(files):
        if path.stat().st_size == 0:
            continue
        encoding = options.get("encoding") or guess_encoding(path)
        delimiter = options.get("delimiter") or guess_delimiter(first_lines(path, encoding))

        def tick(number: int, path: Path = path, before: int = before) -> None:
            tell({"done": number + before, "total": None, "step": READING})

        writer = TableWriter(name, folder / f"rows-{place}.jsonl", limits, options, tick=tick)
        writer.feed_all(read_rows(path, encoding, delimiter, limits))
        table = writer.finish()
        before += table["row_count"]
        if table["row_count"] or table["header_row"]:
            tables.append(table)
        encodings.append(ENCODINGS.get(encoding, "UTF-8" if encoding == "utf-8-sig" else encoding))
    if not tables:
        raise SheetRefused(NO_ROWS)
    return {"tables": tables, "notes": [], "encoding": ", ".join(sorted(set(encodings)))}
