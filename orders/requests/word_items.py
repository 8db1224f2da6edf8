"""What words order: “红茶 20箱，绿茶 5箱”, “红茶 x20”, “20*红茶”, “来两箱红茶” as items; nothing here knows a product.

A number orders something only with a word that counts behind it, or with a times sign at it. Days, phone numbers,
measures of a thing (60x40, 500g, 12瓶/箱) and prices are no quantities; one that is not sure (20-30箱, 20箱左右) is an
item without a number, for somebody to decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from orders.requests.cells import KNOWN_UNITS, spoken_number
from salesops.chinese import to_half_width

_MEASURES = frozenset({"g", "克", "ml", "毫升", "m", "l", "t", "m2", "块"})  # of a thing, or money: never of an order
_UNITS = sorted((unit for unit in KNOWN_UNITS if unit not in _MEASURES), key=len, reverse=True)
_UNIT = "(?:" + "|".join(re.escape(unit) + ("(?![a-z])" if unit.isascii() else "") for unit in _UNITS) + ")"
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_SPOKEN = "[一二两三四五六七八九十百零]{1,7}"
_NO_MORE = (
    r"(?!\s*/)(?!月|星期|礼拜|工作日|小时|钟头|人|点|问题|电话|消息|意见|建议|事|折|款|邮|装|含|括|印|前|货|交|供|次)"
)
_QUANTITY = re.compile(
    rf"(?P<range>{_NUMBER}\s*(?:{_UNIT})?\s*[-~–—到至]\s*{_NUMBER}\s*{_UNIT})"
    rf"|(?P<times>[x×*✕]\s*(?P<n1>{_NUMBER})(?![\d.,]*\d)\s*(?P<u1>{_UNIT}{_NO_MORE})?(?!\s*[a-z\d%°]))"
    rf"|(?P<count>(?<![\w.,/#№-])(?P<n2>{_NUMBER})\s*(?P<u2>{_UNIT}){_NO_MORE}(?:\s*[x×*✕](?!\s*\d))?)"
    rf"|(?P<glued>(?<=[\u4e00-\u9fff])(?P<n3>{_NUMBER})\s*(?P<u3>{_UNIT}){_NO_MORE})"
    rf"|(?P<said>(?P<n4>{_SPOKEN})\s*(?P<u4>{_UNIT}){_NO_MORE})"
    rf"|(?P<front>(?<![\w.,/#№-])(?P<n5>{_NUMBER})\s*[×*✕x](?=\s*[^\d\sx×*]))",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?P<name>.*[a-z\u4e00-\u9fff].*?)\s+(?P<number>\d{1,5})", re.IGNORECASE)
_UNSURE_BEFORE = re.compile(r"(?:约|大约|大概|差不多|最多|最少|至少|不超过)\s*$")
_UNSURE_BEHIND = re.compile(r"\s*(?:左右|上下|以上|以内|以下|起|多)")
_OF_ANOTHER = re.compile(rf"(?:每|第|这|那|哪|几|/|@|(?:每|一)\s*{_UNIT}\s*(?:是|有|装|=)?)\s*$")
_EACH = re.compile(r"(?:各自?|均|都是?|每[种样款个])(?:要|来|订)?\s*$")
_BRACKETS = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]")
_ADDRESSES = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+", re.ASCII)
_MOMENTS = re.compile(
    r"20\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}(?!\d)\s*[日号]?|\d{1,2}\s*月\s*\d{1,2}(?!\d)\s*[日号]?"
    rf"|(?<![A-Za-z0-9])\d{{1,2}}:\d\d(?::\d\d)?(?!\d|\s*{_UNIT})"
    r"|\d{1,2}\s*点(?:半|钟|\d{1,2}分?)?"
)
_MARKER = re.compile(r"^\s*(?:[-•·●○*>]\s+|[(]?\d{1,2}\s*(?:[.)](?!\d)|、)|[①-⑳])\s*")
_PARTS = re.compile(r"[;。!！?？、|+]|(?<!\d),|,(?!\d{3}(?!\d))")
_AND = re.compile(r"[/\s]|和|与|跟|及|以及")
_TOTAL = re.compile(r"(?:合计|总计|总共|一共|共计|共|总数|小计|total|sum)[:是为]?", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:麻烦|帮忙|帮我们?|给我们?|我们?要|我想要?|还需?要|再要|再来|再加|另要|另加|另外|还有|以及|需要|想要|请|你好|您好)+[,:\s]*"
)
_LEAD_SIGN = re.compile(r"^(?:再|还|另|和|跟|及|与|加|来|要|订购|订货|订|下单|采购|发|送|上|拿)+")
_TAIL = re.compile(r"(?:数量|需要|一共|总共|共|各|要|来|订|发|约|大概|大约|先|谢谢|多谢|哈|哦|吧|啊|呢|了)+$")
_ELSEWHERE = re.compile(r"送|到|发|给|请|今天|明天|后天|尽快|急|先|\s")
_LOOSE = frozenset("个本张条份把片根支台打只对副双包板组提托米")  # 一个问题, 一份合同: more than goods are counted so
_EDGE = " \t:-–—=*x×✕·.,~'\"“”"
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is ordered: what it may be called (the likeliest first), how many, in which unit.

    ``quantity`` is empty where the words are not sure, ``said`` tells them. ``needs_product`` where only a product that
    is known makes the words an order: “红茶 20”, “一个杯子”, a line that is nothing but a name.
    """

    names: tuple[str, ...]
    quantity: str
    unit: str
    said: str
    remarks: str = ""
    needs_product: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    quantity: str
    unit: str
    is_sure: bool
    is_spoken: bool
    is_front: bool


def items_in(line: str) -> list[Item]:
    """Everything a line orders, in its order."""
    text = _ADDRESSES.sub(" ", to_half_width(line[:_LONGEST]))
    text = _MOMENTS.sub(" ", _MARKER.sub("", text, count=1))
    items: list[Item] = []
    waiting: list[str] = []  # names whose number is still to come: 红茶、绿茶各 20箱
    for part in _split(text):
        found = _quantities(part)
        if found:
            told = _items_of(part, found, waiting)
            items += [*map(_named, waiting), *told]
            waiting = []
        elif bare := _BARE.fullmatch(part.strip()):
            items.append(Item(_names(bare["name"]), bare["number"], "", bare["number"], needs_product=True))
        elif part.strip(_EDGE):
            waiting.append(part)
    items += map(_named, waiting)
    told = [item for item in items if item.said or item.names[0]]
    return [item for item in told if not any(_TOTAL.fullmatch(name) for name in item.names)]


def _named(text: str) -> Item:
    """Nothing but a name: how many is still to be said."""
    return Item(_names(text), "", "", "", needs_product=True)


def _split(text: str) -> list[str]:
    """The parts of a line; what stands in brackets is never cut."""
    shown = _BRACKETS.sub(lambda found: "\0" * len(found.group()), text)
    parts, start = [], 0
    for cut in _PARTS.finditer(shown):
        parts.append(text[start : cut.start()])
        start = cut.end()
    return [*parts, text[start:]]


def _quantities(part: str) -> list[_Found]:
    """The quantities of a part, outside its brackets where there are any."""
    outside = _BRACKETS.sub(lambda found: " " * len(found.group()), part)
    return _quantities_in(outside) or _quantities_in(part)


def _quantities_in(part: str) -> list[_Found]:
    found = []
    for match in _QUANTITY.finditer(part):
        before, behind = part[: match.start()], part[match.end() :]
        if match["times"] and re.search(r"(?:^|[\s(])\d+(?:\.\d+)?\s*$|\d\s*[x×*✕]\s*\d+\s*$", before):
            continue  # 60 x 40: the size of something
        if _OF_ANOTHER.search(before) and not _EACH.search(before):
            continue
        number = match["n1"] or match["n2"] or match["n3"] or match["n5"] or ""
        spoken = spoken_number(match["n4"]) if match["n4"] else None
        if match["said"] and spoken is None:
            continue
        unit = match["u1"] or match["u2"] or match["u3"] or match["u4"] or ""
        unsure = bool(match["range"] or _UNSURE_BEFORE.search(before) or _UNSURE_BEHIND.match(behind))
        told = "" if unsure else str(spoken) if match["said"] else number.replace(",", "")
        found.append(
            _Found(match.start(), match.end(), told, unit, not unsure, bool(match["said"]), bool(match["front"]))
        )
    return found


def _items_of(part: str, found: list[_Found], waiting: list[str]) -> list[Item]:
    """Names stand before their numbers, or behind them where the first number has none before it."""
    gaps = [
        part[end:start]
        for end, start in zip([0, *(one.end for one in found)], [*(one.start for one in found), len(part)], strict=True)
    ]
    is_before = bool(_names(_EACH.sub("", gaps[0]))[0]) and not found[0].is_front
    if not is_before and waiting and not _names(gaps[1])[0]:
        gaps[0], is_before = waiting.pop(), True
    items: list[Item] = []
    for place, one in enumerate(found):
        name = gaps[place] if is_before else gaps[place + 1]
        behind = gaps[place + 1] if is_before else ""
        said = part[one.start : one.end].strip()
        if is_before and place and not _names(name)[0]:
            last = items.pop()  # 红茶 20箱 12瓶: nobody can say which
            items.append(Item(last.names, "", "", f"{last.said} {said}", last.remarks))
            continue
        remarks = " ".join(bracket.group()[1:-1].strip() for bracket in _BRACKETS.finditer(behind))
        needs = (one.is_spoken and one.unit in _LOOSE) or not (one.is_sure or is_before)  # 20箱以上有没有优惠
        for each in _each(name, waiting) if is_before and _EACH.search(name) else [name]:
            items.append(Item(_names(each), one.quantity, one.unit, said, remarks, needs_product=needs))
    return items


def _each(name: str, waiting: list[str]) -> list[str]:
    """红茶、绿茶和白茶各 20箱: all of them."""
    own = [part for part in _AND.split(_EACH.sub("", name)) if part.strip(_EDGE)]
    named = [*waiting, *own]
    waiting.clear()
    return named


def _names(text: str) -> tuple[str, ...]:
    """What the words may call it: as they stand, without what leads to a name and trails behind it."""
    plain = text.strip(_EDGE)
    if ":" in plain:  # 王工: 红茶
        plain = plain.rpartition(":")[2].strip(_EDGE) or plain
    if _TOTAL.fullmatch(plain):
        return (plain,)
    plain = _LEAD.sub("", plain).strip(_EDGE)
    shorter = _TAIL.sub("", plain).strip(_EDGE)
    bare = _LEAD_SIGN.sub("", shorter).strip(_EDGE)
    brief = _BRACKETS.sub("", bare).strip(_EDGE)
    first = _ELSEWHERE.split(brief)[0].strip(_EDGE)
    if not bare:
        return ("",)  # 来 20箱: nothing but the way to it
    return tuple(dict.fromkeys(name for name in (plain, shorter, bare, brief, first) if name))
