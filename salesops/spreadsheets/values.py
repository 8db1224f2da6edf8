"""One cell's value as the kind a field wants, or the problem with it. Decimal throughout, never float."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from salesops.spreadsheets.faults import CellProblem, gettext_noop
from salesops.spreadsheets.tables import Cell, CellFault

NOT_CALCULATED = gettext_noop("The formula was never calculated; the cell holds no value.")
ERROR_VALUE = gettext_noop("The cell holds the error %(value)s.")
NOT_A_NUMBER = gettext_noop("“%(value)s” is not a number.")
TOO_LARGE_NUMBER = gettext_noop("“%(value)s” is larger than a number here may be.")
NOT_A_DATE = gettext_noop("“%(value)s” is not a date.")
NO_SUCH_DAY = gettext_noop("“%(value)s”: this day does not exist.")
NOT_YES_OR_NO = gettext_noop("“%(value)s” is neither yes nor no.")
CONTROL_CHARACTER = gettext_noop("The text holds a control character (%(code)s).")
TEXT_TOO_LONG = gettext_noop("The text has %(length)s characters; %(limit)s fit.")
DIGITS_LOST = gettext_noop(
    "The sheet keeps “%(value)s” as a number and has lost its last digits. Format the column as text."
)

INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ENDS = re.compile(f"^[\\s{INVISIBLE}]+|[\\s{INVISIBLE}]+$")
INNER = re.compile("[\u200b\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069]")
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
CURRENCY = re.compile(
    r"^(CNY|RMB|USD|EUR|GBP|HKD|JPY|US\$|HK\$|[¥$€£])\s*|\s*(CNY|RMB|USD|EUR|GBP|HKD|JPY|元|[¥$€£])$", re.I
)
PLAIN = re.compile(r"(\d+(\.\d*)?|\.\d+)(e[-+]?\d{1,3})?", re.I)
GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")
GROUPED_COMMA = re.compile(r"\d{1,3}([. ]\d{3})+(,\d*)?|\d+,\d*")
MINUS = str.maketrans({"−": "-", "–": "-", "—": "-", "﹣": "-", "﹢": "+"})
LARGEST = Decimal("1e15")

YES = frozenset({"是", "y", "yes", "true", "1", "√", "✓", "✔", "有", "启用", "on", "t", "对", "x"})
NO = frozenset({"否", "n", "no", "false", "0", "×", "✗", "无", "停用", "禁用", "off", "f", "不", "不是"})


def _sound(cell: Cell) -> str | Decimal | bool | date | datetime | None:
    if isinstance(cell, CellFault):
        raise CellProblem(NOT_CALCULATED if cell.what == "formula" else ERROR_VALUE, {"value": cell.text})
    return cell


def _shown(cell: object) -> str:
    return str(cell)[:80]


def digits_of(number: Decimal) -> str:
    """A number as people write it: no exponent, no trailing zeros of a fraction."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_text(cell: Cell, *, max_length: int = 0) -> str:
    """Text without what cannot be seen at its ends; "" for an empty cell. Full-width characters stay as they are."""
    cell = _sound(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, Decimal):
        text = digits_of(cell)
    elif isinstance(cell, str):
        text = cell
        if not text.isprintable():  # controls, invisible signs and other blanks than the plain one
            found = CONTROLS.search(text)
            if found:
                raise CellProblem(CONTROL_CHARACTER, {"code": f"U+{ord(found.group()):04X}"})
            text = INNER.sub("", text.replace("\x0b", "\n").replace("\x0c", "\n").replace("\r\n", "\n"))
            text = ENDS.sub("", text)
        text = text.strip()
    else:
        text = cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    if max_length and len(text) > max_length:
        raise CellProblem(TEXT_TOO_LONG, {"length": len(text), "limit": max_length})
    return text


def to_code(cell: Cell, *, max_length: int = 0) -> str:
    """A code, number of an order, phone: half-width, "123" for the number 123.0, leading zeros of text kept."""
    cell = _sound(cell)
    if isinstance(cell, Decimal):
        if abs(cell) >= LARGEST:
            raise CellProblem(DIGITS_LOST, {"value": _shown(digits_of(cell))})
        return digits_of(cell)
    text = to_text(cell, max_length=max_length)
    if text.isascii():
        return text
    return " ".join(unicodedata.normalize("NFKC", text).split())


def to_decimal(cell: Cell, *, decimal_comma: bool = False) -> Decimal | None:
    """A number; None for an empty cell. Takes ￥1,234.50, (1,234.50), 1,234.50-, １２３, 1.38E+10 and 12% (0.12)."""
    cell = _sound(cell)
    if cell is None or isinstance(cell, Decimal):
        return cell
    if not isinstance(cell, str):
        raise CellProblem(NOT_A_NUMBER, {"value": _shown(cell)})
    text = cell.strip()
    if text.isascii() and PLAIN.fullmatch(text):
        return _decimal(text, cell)
    text = INNER.sub("", unicodedata.normalize("NFKC", ENDS.sub("", text)).translate(MINUS)).strip()
    if not text:
        return None
    negative, text = _sign(text)
    percent = text.endswith(("%", "‰"))
    scale = Decimal("0.01") if text.endswith("%") else Decimal("0.001")
    text = text[:-1].strip() if percent else text
    bare = CURRENCY.sub("", text).strip()
    again, bare = _sign(bare) if bare != text else (False, bare)  # $-3 and -$3 are one minus, --3 is a slip
    negative, text = negative != again, bare
    if decimal_comma and GROUPED_COMMA.fullmatch(text):
        text = text.replace(".", "").replace(" ", "").replace(",", ".")
    elif GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif re.fullmatch(r"\d{1,3}( \d{3})+(\.\d*)?", text):
        text = text.replace(" ", "")
    if not PLAIN.fullmatch(text):
        raise CellProblem(NOT_A_NUMBER, {"value": _shown(cell)})
    number = _decimal(text, cell)
    number = number * scale if percent else number
    return -number if negative else number


def _sign(text: str) -> tuple[bool, str]:
    """(negative?, the rest) of -1, 1-, (1), +1."""
    if text.startswith("(") and text.endswith(")"):
        return True, text[1:-1].strip()
    if text.endswith("-") and not text.startswith("-"):
        return True, text[:-1].strip()
    if text.startswith(("-", "+")):
        return text[0] == "-", text[1:].strip()
    return False, text


def _decimal(text: str, cell: object) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise CellProblem(NOT_A_NUMBER, {"value": _shown(cell)}) from error
    if abs(number) >= LARGEST:
        raise CellProblem(TOO_LARGE_NUMBER, {"value": _shown(cell)})
    return number if number.as_tuple().exponent <= 0 or not number else number.quantize(Decimal(1))  # type: ignore[operator]


def uses_decimal_comma(cells: Iterable[Cell]) -> bool:
    """Whether a column writes 12,50 for twelve and a half: some value can only be read so, none the other way."""
    for_comma = False
    for cell in cells:
        if not isinstance(cell, str):
            continue
        text = re.sub(r"[^\d.,]", "", unicodedata.normalize("NFKC", cell))
        if re.fullmatch(r"\d*,\d{1,2}|\d*,\d{4,}|\d{1,3}(\.\d{3})+,\d*|0,\d+", text):
            for_comma = True
        elif re.fullmatch(r"\d*\.\d{1,2}|\d*\.\d{4,}|\d{1,3}(,\d{3})+\.\d*|\d{1,3}(,\d{3}){2,}", text):
            return False
    return for_comma


def to_flag(cell: Cell) -> bool | None:
    """Yes or no in the words people use; None for an empty cell."""
    cell = _sound(cell)
    if cell is None or isinstance(cell, bool):
        return cell
    word = to_code(cell).casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    if not word:
        return None
    raise CellProblem(NOT_YES_OR_NO, {"value": _shown(cell)})


class DateOrder(StrEnum):
    """How a column writes day, month and year where the year does not come first with four digits."""

    MONTH_FIRST = "mdy"
    DAY_FIRST = "dmy"
    YEAR_FIRST = "ymd"


@dataclass(frozen=True)
class DateEvidence:
    """What a column's values say about their order; `ambiguous` asks the person, `order` is the stated default."""

    order: DateOrder
    ambiguous: bool
    example: str = ""
    contradicts: bool = False  # no single order fits all values


FOUR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
THREE = re.compile(r"(\d{1,2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{4}|\d{2}|\d)\s*日?(?!\d)")
EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})")
NAMED = re.compile(r"(\d{1,2})[-\s]([A-Za-z]{3,9})\.?[-\s,]+(\d{4}|\d{2})|([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})")
CLOCK = re.compile(
    r"[T\s]*(上午|下午|am|pm)?\s*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.(\d{1,9}))?)?[秒分]?\s*(am|pm)?\s*(Z|[+-]\d{2}:?\d{2})?",
    re.I,
)
WEEKDAY = re.compile(r"\s*[（(]?(星期|周)[一二三四五六日天][）)]?\s*")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FIRST_SERIAL, LAST_SERIAL = 20_000, 80_000  # 1954 to 2119: other numbers in a date column are no dates


def _possible(first: int, second: int, third: int, order: DateOrder) -> bool:
    year, month, day = _arrange(first, second, third, order)
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _arrange(first: int, second: int, third: int, order: DateOrder) -> tuple[int, int, int]:
    if order is DateOrder.YEAR_FIRST:
        year, month, day = first, second, third
    elif order is DateOrder.MONTH_FIRST:
        month, day, year = first, second, third
    else:
        day, month, year = first, second, third
    if year < 100:
        year += 2000 if year < 70 else 1900
    return year, month, day


def detect_date_order(cells: Iterable[Cell]) -> DateEvidence:
    """Read a whole column before deciding what 3/4/2026 means.

    Where 31-12-2014 and 3/4/2014 stand in one column, two programs wrote it: what the dashes say does not hold for
    the slashes, and the person is asked.
    """
    groups: dict[str, set[tuple[int, int, int]]] = {}
    examples: dict[str, str] = {}
    for cell in cells:
        if not isinstance(cell, str) or FOUR_FIRST.match(cell.strip()):
            continue
        found = THREE.match(_half(cell))
        if found is None:
            continue
        mark = "/" if "/" in cell else "-"
        examples.setdefault(mark, cell.strip())
        groups.setdefault(mark, set()).add((int(found.group(1)), int(found.group(2)), int(found.group(3))))
    if not groups:
        return DateEvidence(DateOrder.YEAR_FIRST, ambiguous=False)
    whole = _evidence(set().union(*groups.values()), examples, slash="/" in groups)
    if len(groups) > 1 and not whole.ambiguous:
        for mark, seen in groups.items():
            if _evidence(seen, {mark: examples[mark]}, slash=mark == "/").ambiguous:
                return replace(whole, ambiguous=True, example=examples[mark])
    return whole


def _evidence(seen: set[tuple[int, int, int]], examples: dict[str, str], *, slash: bool) -> DateEvidence:
    """What the values of a column say that is written one way."""
    example = next(iter(examples.values()))
    four = any(third > 99 for _, _, third in seen)
    preferred = (
        (DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST, DateOrder.YEAR_FIRST)
        if slash
        else (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.YEAR_FIRST)
        if four
        else (DateOrder.YEAR_FIRST, DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST)
    )
    orders = [order for order in preferred if not (four and order is DateOrder.YEAR_FIRST)]
    misses = {order: sum(not _possible(*three, order) for three in seen) for order in orders}
    fitting = [order for order in orders if misses[order] == 0]
    if len(fitting) == 1:
        return DateEvidence(fitting[0], ambiguous=False, example=example)
    if fitting:
        same = all(three[0] == three[1] for three in seen) and DateOrder.YEAR_FIRST not in fitting
        return DateEvidence(fitting[0], ambiguous=not same, example=example)
    best = min(orders, key=lambda order: misses[order])
    rest = min((misses[order] for order in orders if order is not best), default=len(seen))
    clear = misses[best] * 10 <= rest  # a few impossible dates among many are errors, not another order
    return DateEvidence(best, ambiguous=not clear, example=example, contradicts=True)


def _half(text: str) -> str:
    return ENDS.sub("", text if text.isascii() else unicodedata.normalize("NFKC", text))


def to_date(cell: Cell, order: DateOrder = DateOrder.YEAR_FIRST) -> date | None:
    """A day; None for an empty cell. A time of day is dropped: for moments use `to_moment`."""
    if type(cell) is date:
        return cell
    moment = to_moment(cell, order)
    return None if moment is None else moment.date()


def to_moment(cell: Cell, order: DateOrder = DateOrder.YEAR_FIRST) -> datetime | None:
    """A moment, aware only where the cell names an offset; None for an empty cell. A day alone is its midnight."""
    cell = _sound(cell)
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    if isinstance(cell, bool):
        raise CellProblem(NOT_A_DATE, {"value": _shown(cell)})
    if isinstance(cell, Decimal):
        return _from_number(cell, cell)
    text = _half(cell)
    if not text:
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?|\d{8}", text):
        return _from_number(Decimal(text), cell)
    text = WEEKDAY.sub(" ", text).strip()
    year, month, day, rest = _day_of(text, order, cell)
    try:
        moment = datetime(year, month, day)  # noqa: DTZ001  # the company's wall clock; the importer sets the zone
    except ValueError as error:
        raise CellProblem(NO_SUCH_DAY, {"value": _shown(cell)}) from error
    return _with_clock(moment, rest, cell) if rest.strip() else moment


def _from_number(number: Decimal, cell: object) -> datetime:
    whole = int(number)
    if number == whole and 19000101 <= whole <= 21991231:
        digits = str(whole)
        try:
            return datetime(int(digits[:4]), int(digits[4:6]), int(digits[6:]))  # noqa: DTZ001  # as above
        except ValueError as error:
            raise CellProblem(NO_SUCH_DAY, {"value": _shown(cell)}) from error
    if not FIRST_SERIAL <= number <= LAST_SERIAL:
        raise CellProblem(NOT_A_DATE, {"value": _shown(cell)})
    seconds = int((number - whole) * 86400 + Decimal("0.5"))
    return datetime(1899, 12, 30) + timedelta(days=whole, seconds=seconds)  # noqa: DTZ001  # Excel's own epoch


def _day_of(text: str, order: DateOrder, cell: object) -> tuple[int, int, int, str]:
    found = FOUR_FIRST.match(text)
    if found:
        return int(found.group(1)), int(found.group(2)), int(found.group(3)), text[found.end() :]
    found = THREE.match(text)
    if found:
        first, second, third = (int(part) for part in found.groups())
        used = order
        if "年" in text:
            used = DateOrder.YEAR_FIRST
        elif len(found.group(3)) == 4 and order is DateOrder.YEAR_FIRST:
            used = DateOrder.MONTH_FIRST if "/" in text else DateOrder.DAY_FIRST
        return (*_arrange(first, second, third, used), text[found.end() :])
    found = NAMED.match(text)
    if found:
        day, name, year = (
            found.group(1) or found.group(5),
            found.group(2) or found.group(4),
            found.group(3) or found.group(6),
        )
        if name[:3].lower() in MONTHS:
            return (
                *_arrange(int(year), MONTHS.index(name[:3].lower()) + 1, int(day), DateOrder.YEAR_FIRST),
                text[found.end() :],
            )
    raise CellProblem(NOT_A_DATE, {"value": _shown(cell)})


def _with_clock(moment: datetime, rest: str, cell: object) -> datetime:
    found = CLOCK.fullmatch(rest.strip()) or CLOCK.fullmatch(rest)
    if found is None:
        raise CellProblem(NOT_A_DATE, {"value": _shown(cell)})
    half, hour, minute, second, fraction, late, offset = found.groups()
    hours = int(hour)
    mark = (half or late or "").lower()
    if mark in ("下午", "pm") and hours < 12:
        hours += 12
    elif mark in ("上午", "am") and hours == 12:
        hours = 0
    try:
        moment = moment.replace(hour=hours, minute=int(minute), second=int(second or 0))
        moment = moment.replace(microsecond=int((fraction or "0")[:6].ljust(6, "0")))
        if offset:
            zone = datetime.strptime("+0000" if offset.upper() == "Z" else offset.replace(":", ""), "%z").tzinfo
            moment = moment.replace(tzinfo=zone)
    except ValueError as error:
        raise CellProblem(NOT_A_DATE, {"value": _shown(cell)}) from error
    return moment
