"""Cells as customers fill them in: "20箱" is a number and a unit, "12月10日" the next such day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from salesops.chinese import to_half_width
from salesops.spreadsheets.faults import CellProblem
from salesops.spreadsheets.values import DateOrder, to_date, to_decimal

_COUNTED = re.compile(
    r"(?P<number>[-+]?\d[\d,]*(?:\.\d+)?)\s*(?P<unit>[a-z]{1,8}2?|[\u4e00-\u9fff]{1,4}|㎡)\.?", re.IGNORECASE
)
_LONGEST_UNIT = 2  # of those that are not listed: 20箱左右 is no quantity
_NOBODY_ORDERS = 10**8
_NO_UNITS = frozenset({"年", "月", "日", "号", "元", "左右", "以上", "以内"})
_SHORT_DAY = re.compile(r"(\d{1,2})\s*(?:月\s*(\d{1,2})\s*[日号]?|[-/.]\s*(\d{1,2}))")
_SAME = (
    ("个", "只", "件", "pcs", "pc", "ea", "each", "piece", "pieces"),
    ("箱", "ctn", "ctns", "carton", "cartons", "case", "cases"),
    ("瓶", "bottle", "bottles", "btl"),
    ("盒", "box", "boxes"),
    ("包", "pack", "packs", "pk", "packet", "packets"),
    ("袋", "bag", "bags"),
    ("套", "set", "sets"),
    ("双", "对", "副", "pair", "pairs"),
    ("卷", "roll", "rolls"),
    ("罐", "听", "can", "cans", "tin", "tins"),
    ("千克", "公斤", "kg", "kgs"),
    ("克", "g"),
    ("吨", "t", "ton", "tons", "tonne"),
    ("升", "公升", "l", "liter", "litre"),
    ("毫升", "ml"),
    ("米", "m", "meter", "metre"),
    ("平方米", "平米", "㎡", "m2"),
)
_MEANING = {word: group[0] for group in _SAME for word in group}
KNOWN_UNITS = frozenset(_MEANING) | frozenset("桶支条台张把根片块本提打扎捆筐板份枚粒颗组托")
"""Words that count something whatever stands beside them; a cell may name others, words of a chat may not."""
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_SPOKEN = "一二两三四五六七八九十百"
_SPOKEN_NUMBER = re.compile(
    r"(?:([一二两三四五六七八九])百)?(零)?(?:([一二两三四五六七八九])?(十))?([一二两三四五六七八九])?"
)
_SAID = re.compile(rf"(?P<number>[{_SPOKEN}零]{{1,7}})\s*(?P<unit>[\u4e00-\u9fff]{{1,2}})")


def read_quantity(text: str) -> tuple[Decimal | None, str]:
    """How many, and in which unit where the cell says so; CellProblem for what is no number."""
    try:
        return to_decimal(text), ""
    except CellProblem:
        plain = to_half_width(text).strip()
        found = _COUNTED.fullmatch(plain)
        if found is not None and _is_unit(found["unit"]):
            return to_decimal(found["number"]), found["unit"]
        said = _SAID.fullmatch(plain)
        number = spoken_number(said["number"]) if said is not None and said["unit"] in KNOWN_UNITS else None
        if said is None or number is None:
            raise
        return Decimal(number), said["unit"]


def spoken_number(text: str) -> int | None:
    """A number in Chinese words below a thousand: 两, 十二, 一百零五, 三百二十; None for what is none or unclear."""
    found = _SPOKEN_NUMBER.fullmatch(text)
    if found is None or not text.strip("零"):
        return None
    hundreds, zero, tens, ten, ones = found.groups()
    if bool(zero) != bool(hundreds and ones and not ten):
        return None  # 一百五 is a hundred and fifty to one, a hundred and five to another
    value = 100 * _DIGITS.get(hundreds or "", 0)
    value += 10 * _DIGITS.get(tens or "一", 0) if ten else 0
    return value + _DIGITS.get(ones or "", 0)


def counted(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row whose quantity was typed with its unit behind it, taken apart; any other as it is."""
    typed = str(row.get("quantity") or "")
    if not typed or (typed.isascii() and not any(sign.isalpha() for sign in typed)):
        return row
    try:
        number, unit = read_quantity(typed)
    except CellProblem:
        return row
    if number is None or not unit:
        return row
    told = row.get("from")
    sources = (told if isinstance(told, dict) else {}) | {"unit": "typed"}
    return {**row, "quantity": f"{number.normalize():f}", "unit": unit[:20], "from": sources}


def unit_words() -> dict[str, list[str]]:
    """For the page that reads a quantity while it is typed: Latin units it may take, Chinese words it may not."""
    return {"latin": sorted(word for word in _MEANING if word.isascii()), "none": sorted(_NO_UNITS)}


def is_quantity(text: str) -> bool:
    """Whether a cell can say how many; an empty one does not, nor does a phone number or a barcode."""
    try:
        number = read_quantity(text)[0]
    except CellProblem:
        return False
    return number is not None and abs(number) < _NOBODY_ORDERS


def _is_unit(word: str) -> bool:
    """Letters must be a unit that is known: 12O is a slip; Chinese ones are too many to be listed."""
    return word.lower() in _MEANING or (not word.isascii() and len(word) <= _LONGEST_UNIT and word not in _NO_UNITS)


def is_counting(cells: Sequence[str]) -> bool:
    """Whether a column only numbers its rows: 1, 2, 3; two rows prove nothing else, one nothing at all."""
    return len(cells) > 1 and [cell.strip().rstrip(".、") for cell in cells] == [
        str(number) for number in range(1, len(cells) + 1)
    ]


def read_day(text: str, order: DateOrder, today: date) -> date | None:
    """A day; one without a year is the next such day. CellProblem for what is none."""
    found = _SHORT_DAY.fullmatch(to_half_width(text).strip())
    if found is None:
        return to_date(text, order)
    month, day = int(found[1]), int(found[2] or found[3])
    try:
        near = date(today.year, month, day)
        return near if near >= today else date(today.year + 1, month, day)
    except ValueError:
        return to_date(text, order)


def is_same_unit(one: str, other: str) -> bool:
    """Whether two words count the same: 箱 and CTN do, 箱 and 瓶 do not; a word nobody wrote differs from none."""
    words = [_MEANING.get(word, word) for word in (to_half_width(text).strip().lower() for text in (one, other))]
    return not all(words) or words[0] == words[1]
