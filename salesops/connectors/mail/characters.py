"""Bytes of strangers made into text: the label is believed only as far as the bytes bear it out."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Only these are ever asked of Python: "hex", "idna" or "unicode_escape" are codecs too, and none of a letter's.
CODECS: dict[str, str] = {
    "utf-8": "utf-8", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf-8mb4": "utf-8", "utf-7": "utf-7",
    "unicode-1-1-utf-7": "utf-7", "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
    "us-ascii": "ascii", "ascii": "ascii", "ansi_x3.4-1968": "ascii",
    "gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030",
    "ms936": "gb18030", "gb18030": "gb18030", "euc-cn": "gb18030", "x-euc-cn": "gb18030", "chinese": "gb18030",
    "hz-gb-2312": "hz", "hz": "hz", "iso-2022-cn": "gb18030",
    "big5": "big5hkscs", "x-big5": "big5hkscs", "big5-hkscs": "big5hkscs", "cp950": "cp950", "csbig5": "big5hkscs",
    "iso-2022-jp": "iso2022_jp_2", "csiso2022jp": "iso2022_jp_2", "iso-2022-jp-2": "iso2022_jp_2",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "cp932": "cp932",
    "windows-31j": "cp932", "euc-jp": "euc_jp", "x-euc-jp": "euc_jp",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "cp949": "cp949", "iso-2022-kr": "iso2022_kr",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "windows-1252": "cp1252", "cp1252": "cp1252",
    "iso-8859-15": "iso8859_15", "iso-8859-2": "iso8859_2", "iso-8859-5": "iso8859_5", "iso-8859-7": "iso8859_7",
    "iso-8859-9": "iso8859_9", "windows-1250": "cp1250", "windows-1251": "cp1251", "windows-1254": "cp1254",
    "windows-1258": "cp1258", "koi8-r": "koi8_r", "tis-620": "cp874", "windows-874": "cp874",
}  # fmt: skip
ASCII = bytes(range(128))
SAMPLE = 64 * 1024
GOOD_SHARE = 0.6  # of the double bytes: above it a text is taken for Chinese
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
TURNING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")  # signs that turn the reading direction


@dataclass(frozen=True)
class Decoded:
    """The text, and whether the label had to be set aside or signs were lost."""

    text: str
    doubtful: bool = False


def decode_text(octets: bytes, label: str = "") -> Decoded:
    """The text of these bytes; never fails.

    UTF-8 is tried before any Chinese label: GB18030 reads UTF-8 without an error and gives other characters.
    """
    codec = CODECS.get(label.strip().strip("\"'").lower(), "")
    if b"\x1b$" in octets or b"\x1b(" in octets:
        codec = codec if codec.startswith("iso2022") else "iso2022_jp_2"
    if (
        octets.isascii()
        and codec not in {"utf-7", "hz", "iso2022_jp_2", "iso2022_kr"}
        and not codec.startswith("utf-16")
    ):
        return Decoded(octets.decode("ascii"), bool(label) and not codec)
    if codec in {"utf-7", "hz", "utf-8"} or codec.startswith(("utf-16", "iso2022")):
        return _as_said(octets, codec)
    utf8 = _strict(octets, "utf-8-sig")
    if utf8 is not None and (codec in {"", "ascii", "cp1252"} or any(sign >= "\u2000" for sign in utf8[:SAMPLE])):
        return Decoded(utf8, codec not in {"", "utf-8"})
    if codec in {"", "ascii", "cp1252"}:
        return _guessed(octets, codec)
    return _as_said(octets, codec)


def _as_said(octets: bytes, codec: str) -> Decoded:
    text = _strict(octets, "utf-8-sig" if codec == "utf-8" else codec)
    if text is not None:
        return Decoded(text)
    if codec == "utf-8" or codec == "big5hkscs":
        guess = _guessed(octets, "")
        if not guess.doubtful:
            return Decoded(guess.text, doubtful=True)
    return Decoded(octets.decode(codec, "replace"), doubtful=True)


def _strict(octets: bytes, codec: str) -> str | None:
    try:
        return octets.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _guessed(octets: bytes, codec: str) -> Decoded:
    """Without a label that can be true: Chinese by how common its characters would be, else Western."""
    best = max(
        (_common_share(octets[:SAMPLE], name), -place, name) for place, name in enumerate(("gb18030", "big5hkscs"))
    )
    text = _strict(octets, best[2]) if best[0] >= GOOD_SHARE else None
    if text is not None:
        return Decoded(text, bool(codec))
    if codec == "cp1252" or _is_western(octets[:SAMPLE]):
        return Decoded(octets.decode("cp1252", "replace"), codec != "cp1252")
    return Decoded(octets.decode("gb18030", "replace"), doubtful=True)


def _common_share(octets: bytes, codec: str) -> float:
    """Which share of the double bytes are everyday characters of that coding (GB 2312 level 1, Big5 level 1)."""
    first, last = (0xB0, 0xD7) if codec == "gb18030" else (0xA4, 0xC6)
    place, pairs, common = 0, 0, 0
    while place < len(octets) - 1:
        lead, trail = octets[place], octets[place + 1]
        if lead < 0x80:
            place += 1
            continue
        pairs += 1
        is_trail = trail >= 0xA1 or (codec == "big5hkscs" and 0x40 <= trail <= 0x7E)
        is_sign = is_trail and (lead in (0xA1, 0xA3))  # punctuation and full-width letters stand in both
        common += is_trail and (first <= lead <= last or is_sign)
        place += 2
    return common / pairs if pairs else 0.0


def _is_western(octets: bytes) -> bool:
    """A few high bytes between plain letters: Müller, not 客户."""
    return len(octets.translate(None, ASCII)) < 0.3 * len(octets)


def clean_text(text: str) -> str:
    """Text that a database and a page can take: line ends are ``\\n``, no NUL, no control signs, no halves of signs."""
    return NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n"))


def clean_line(text: str, limit: int = 998) -> str:
    """One line without control signs and without signs that turn the reading direction, cut to the limit."""
    flat = " ".join(
        TURNING.sub("", clean_text(text[: 4 * limit])).replace("\u2028", " ").replace("\u2029", " ").split()
    )
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
