"""Comma-separated and tab-separated files: which encoding, which delimiter, and their rows. Free of Django."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.limits import Limits

CHUNK = 1 << 20
EVIDENCE = 400_000  # characters outside ASCII that are looked at before an encoding is chosen
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What a person may choose by hand: codec -> name shown.
ENCODINGS = {
    "utf-8": "UTF-8",
    "gb18030": "GB18030 (GBK)",
    "big5hkscs": "Big5",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252",
}
ERROR_VALUES = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})
# The `'` that our own exports put before text which programs would run (see writing.py); exactly one comes off.
PREFIXED = re.compile(r"'(?='*[=+\-@\t\r\n;＝＋－＠])")
HIGH_RUN = re.compile(rb"[\x80-\xff]+")

NOT_TEXT = gettext_noop("The file holds bytes that are no text. Open it in Excel and save it as .xlsx.")
ENCODING_UNKNOWN = gettext_noop(
    "It cannot be told in which encoding the text is written (not UTF-8, GB18030, Big5 or Windows-1252). "
    "Save it as “CSV UTF-8” and upload it again."
)
ENCODING_MIXED = gettext_noop(
    "Line %(line)s is written in another encoding than the rest of the file. "
    "Open it, mend the text and save it as “CSV UTF-8”."
)
ENCODING_WRONG = gettext_noop(
    "The file cannot be read as %(encoding)s: line %(line)s does not fit. Choose another encoding."
)
QUOTES_BROKEN = gettext_noop(
    "Near line %(line)s a quotation mark is opened and never closed, or stands in the wrong place. "
    "Mend the line and upload the file again."
)
FIELD_TOO_LONG = gettext_noop("Near line %(line)s a cell holds more than %(limit)s characters.")


def chunks(path: Path) -> Iterator[bytes]:
    """The file in pieces of one megabyte."""
    with path.open("rb") as opened:
        while piece := opened.read(CHUNK):
            yield piece


def reads_as(path: Path, encoding: str) -> bool:
    """Whether every byte of the file fits the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in chunks(path):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def first_bad_line(path: Path, encoding: str) -> int:
    """The number of the first line that does not fit the encoding (single- and variable-byte encodings)."""
    with path.open("rb") as opened:
        for number, line in enumerate(opened, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return 1


@dataclass
class Evidence:
    """Lines that hold bytes beyond ASCII."""

    lines: list[tuple[int, bytes]]

    @classmethod
    def gather(cls, path: Path) -> Evidence:
        """Read until enough bytes beyond ASCII were seen."""
        found: list[tuple[int, bytes]] = []
        seen = 0
        with path.open("rb") as opened:
            for number, line in enumerate(opened, 1):
                if not line.isascii():
                    found.append((number, line))
                    seen += len(line)
                    if seen > EVIDENCE:
                        break
        return cls(found)

    def line_of_utf8(self) -> int | None:
        """A line of sound UTF-8 Chinese inside a file that is not UTF-8."""
        for number, line in self.lines:
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError:
                continue
            beyond = [c for c in text if ord(c) > 127]
            if len(beyond) >= 2 and sum("一" <= c <= "鿿" or c in "，。（）：￥" for c in beyond) >= 0.8 * len(beyond):
                return number
        return None

    def chinese_share(self) -> float:
        """Share of the two-byte characters that a schoolchild knows (GB2312 level 1 and its punctuation)."""
        common = total = 0
        for _, line in self.lines:
            text = line.decode("gb18030", "replace")
            for char in text:
                if ord(char) < 128:
                    continue
                total += 1
                code = char.encode("gb18030", "replace")
                if len(code) == 2 and code[1] >= 0xA1 and (0xB0 <= code[0] <= 0xD7 or 0xA1 <= code[0] <= 0xA3):
                    common += 1
        return common / total if total else 0.0

    def big5_share(self) -> float:
        """Share of frequent traditional characters (Big5 level 1 and its punctuation)."""
        common = total = 0
        for _, line in self.lines:
            for char in line.decode("big5hkscs", "replace"):
                if ord(char) < 128:
                    continue
                total += 1
                code = char.encode("big5hkscs", "replace")
                if len(code) == 2 and 0xA1 <= code[0] <= 0xC6:
                    common += 1
        return common / total if total else 0.0

    def latin_share(self) -> float:
        """Share of the bytes beyond ASCII that are accented letters beside a letter, or marks that stand alone."""
        good = total = 0
        for _, line in self.lines:
            for run in HIGH_RUN.finditer(line):
                piece = run.group()
                total += len(piece)
                before, after = line[: run.start()][-1:], line[run.end() : run.end() + 1]
                if len(piece) <= 2 and all(b >= 0xC0 and b not in (0xD7, 0xF7) for b in piece):
                    good += len(piece) if before.isalpha() or after.isalpha() else 0
                elif len(piece) == 1 and piece in b"\x80\x91\x92\x93\x94\x96\x97\xa0\xa3\xa7\xa9\xae\xb0\xb2\xb4\xb7":
                    good += 1
        return good / total if total else 0.0


def guess_encoding(path: Path) -> str:
    """The codec the file is written in, decided by evidence; refuses where there is none.

    UTF-8 comes first: strict GB18030 decodes almost any UTF-8 without an error, into nonsense.
    """
    with path.open("rb") as opened:
        start = opened.read(4096)
    for mark, encoding in BOMS:
        if start.startswith(mark):
            return _checked(path, encoding)
    if b"\0" in start:
        return _utf16_without_mark(path, start)
    if reads_as(path, "utf-8"):
        return "utf-8"
    evidence = Evidence.gather(path)
    mixed = evidence.line_of_utf8()
    if mixed is not None:
        raise SheetRefused(ENCODING_MIXED, {"line": mixed})
    shares = {
        "gb18030": evidence.chinese_share(),
        "big5hkscs": evidence.big5_share() * 0.98,  # GBK text is often sound Big5 as well: the mainland wins a draw
        "cp1252": evidence.latin_share(),
    }
    for encoding in sorted(shares, key=lambda name: -shares[name]):
        if shares[encoding] >= 0.6 and reads_as(path, encoding):
            return encoding
    best = max(shares, key=lambda name: shares[name])
    if shares[best] >= 0.6 and best != "cp1252":
        raise SheetRefused(ENCODING_MIXED, {"line": first_bad_line(path, best)})
    raise SheetRefused(ENCODING_UNKNOWN)


def _checked(path: Path, encoding: str) -> str:
    if not reads_as(path, encoding):
        line = first_bad_line(path, encoding) if encoding.startswith("utf-8") else 1
        raise SheetRefused(ENCODING_MIXED, {"line": line})
    return encoding


def _utf16_without_mark(path: Path, start: bytes) -> str:
    even, odd = start[::2].count(0), start[1::2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if max(even, odd) < 0.05 * len(start) / 2 or min(even, odd) > 0.02 * len(start) or not reads_as(path, encoding):
        raise SheetRefused(NOT_TEXT)
    with path.open(encoding=encoding) as opened:
        text = opened.read(2000)
    if "\0" in text or not any(mark in text for mark in ",;\t|\n"):
        raise SheetRefused(NOT_TEXT)
    return encoding


def guess_delimiter(lines: list[str]) -> str:
    """The mark that cuts most of the first lines into the same number of cells."""
    best, best_score = ",", 0.0
    for mark in (",", "\t", ";", "|"):
        counts = [row_width for row in csv.reader(lines, delimiter=mark) if (row_width := len(row)) > 1]
        if not counts:
            continue
        usual = max(set(counts), key=counts.count)
        score = counts.count(usual) / len(lines) * min(usual, 8) ** 0.5
        if score > best_score:
            best, best_score = mark, score
    return best


def read_rows(path: Path, encoding: str, delimiter: str, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    """Every record with the number of its first line; empty cells are None; error values are marked."""
    csv.field_size_limit(limits.cell_characters)
    with path.open(encoding=encoding, newline="") as opened:
        reader = csv.reader(opened, delimiter=delimiter, strict=True)
        line = 1
        try:
            for record in reader:
                if line == 1 and record and record[0].lower().startswith("sep=") and len("".join(record)) <= 5:
                    line = reader.line_num + 1
                    continue
                cells: list[Any] = [cell if cell and not cell.isspace() else None for cell in record]
                if any(cell is not None and cell[0] == "#" and cell in ERROR_VALUES for cell in cells):
                    cells = [["e", cell] if cell in ERROR_VALUES else cell for cell in cells]
                if any(cell is not None and cell[0] == "'" for cell in cells):
                    cells = [_unescaped(cell) for cell in cells]
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            if "field larger" in str(error):
                values = {"line": line, "limit": f"{limits.cell_characters:,}"}
                raise SheetRefused(FIELD_TOO_LONG, values) from error
            raise SheetRefused(QUOTES_BROKEN, {"line": line}) from error
        except UnicodeDecodeError as error:
            shown = ENCODINGS.get(encoding, encoding)
            raise SheetRefused(ENCODING_WRONG, {"encoding": shown, "line": first_bad_line(path, encoding)}) from error


def _unescaped(cell: Any) -> Any:
    found = PREFIXED.match(cell) if isinstance(cell, str) else None
    return cell[1:] if found else cell


def first_lines(path: Path, encoding: str) -> list[str]:
    """Up to fifty lines from which the delimiter is told."""
    lines: list[str] = []
    with path.open(encoding=encoding, newline="", errors="replace") as opened:
        while len(lines) < 50 and (line := opened.readline(100_000)):
            if line.strip():
                lines.append(line)
    return lines
