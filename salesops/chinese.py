"""Chinese text as an office needs it: pinyin initials, amounts in words, widths, masks, company names."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

from pypinyin import Style, lazy_pinyin

# Words whose common reading is not the one people look a name up by.
_READINGS = {
    "朝阳": "cy", "重庆": "cq", "厦门": "xm", "长沙": "cs", "长春": "cc", "蚌埠": "bb", "六安": "la", "亳州": "bz",
    "番禺": "py", "东莞": "dg", "莘庄": "xz", "莘县": "sx", "铅山": "ys", "浚县": "xx", "单县": "sx", "尉犁": "yl",
    "洪洞": "ht", "乐清": "yq", "乐山": "ls", "大厦": "ds", "台州": "tz", "涪陵": "fl", "会稽": "kj", "丽水": "ls",
    "银行": "yh", "商行": "sh", "行业": "hy", "分行": "fh", "支行": "zh", "车行": "ch", "五金行": "wjh",
    "贸易行": "myh",
    "尉迟": "yc", "长孙": "zs", "万俟": "mq", "澹台": "tt", "单于": "cy", "令狐": "lh", "重工": "zg", "重型": "zx",
    "音乐": "yy", "乐器": "yq", "长城": "cc", "长江": "cj", "会计": "kj", "调味": "tw", "调料": "tl", "传奇": "cq",
    "单位": "dw", "曾经": "cj", "单据": "dj", "解放": "jf", "区域": "qy", "种子": "zz",
    "重力": "zl", "员工": "yg", "应用": "yy",
}  # fmt: skip
# Surnames that read differently from the same character inside a word.
_SURNAMES = {
    "曾": "z", "单": "s", "解": "x", "查": "z", "仇": "q", "区": "o", "盖": "g", "翟": "z", "乐": "y", "朴": "p",
    "繁": "p", "折": "s", "种": "c", "覃": "q", "员": "y", "逄": "p", "缪": "m", "晁": "c", "秘": "b", "冼": "x",
    "洗": "x", "隗": "w", "郇": "x", "訾": "z", "郗": "x", "尉": "w", "重": "c", "纪": "j", "应": "y", "祭": "z",
}  # fmt: skip
_OVERRIDE = re.compile("|".join(sorted(map(re.escape, _READINGS), key=len, reverse=True)))
_PERSON_LIKE = re.compile(r"[\u4e00-\u9fff]{2,3}$")
_SURNAME_SHOP = re.compile(r"[\u4e00-\u9fff][氏记某]")

_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def to_half_width(text: str) -> str:
    """Full-width ASCII and the ideographic space as their plain forms; for codes and numbers, not for names."""
    return text.translate(_WIDTH)


def pinyin_initials(text: str) -> str:
    """First letter of each character's reading, lower case; Latin letters and digits stay, the rest goes.

    北京中关村 -> bjzgc. A text that looks like a person's name takes the surname's reading (曾 z, 单 s).
    """
    text = text.strip()
    initials = []
    start = 0
    if text[:1] in _SURNAMES and (_PERSON_LIKE.match(text) or _SURNAME_SHOP.match(text)) and text[:2] not in _READINGS:
        initials.append(_SURNAMES[text[0]])
        start = 1
    for found in _OVERRIDE.finditer(text, start):
        initials.append(_read(text[start : found.start()]))
        initials.append(_READINGS[found.group()])
        start = found.end()
    initials.append(_read(text[start:]))
    return "".join(initials)


def _read(text: str) -> str:
    """Initials by the dictionary alone."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER, errors=_latin_only)) if text else ""


def _latin_only(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).lower()
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


_DIGITS = "零壹贰叁肆伍陆柒捌玖"


def amount_in_words(amount: Decimal) -> str:
    """The amount in yuan as 人民币大写, rounded half up to the cent.

    Bank rules (支付结算办法, annex 1): 整 after yuan or jiao, none after fen, inner zeros as one 零.
    Raises ValueError from 10^16 yuan on.
    """
    cents = int((abs(amount) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    words = "人民币" + ("负" if amount < 0 and cents else "")
    if yuan or not cents:
        words += (_whole_in_words(yuan) or "零") + "元"
    if not jiao and not fen:
        return words + "整"
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif yuan:
        words += "零"
    return words + (_DIGITS[fen] + "分" if fen else "整")


def _whole_in_words(number: int) -> str:
    if number >= 10**16:
        raise ValueError("too large for words")
    for base, word in ((10**8, "亿"), (10**4, "万"), (10**3, "仟"), (10**2, "佰"), (10, "拾")):
        if number >= base:
            rest = number % base
            zero = "零" if 0 < rest < base // 10 else ""
            return _whole_in_words(number // base) + word + zero + _whole_in_words(rest)
    return _DIGITS[number] if number else ""


def mask_phone(text: str) -> str:
    """138****1234, 0571-****6600; a short number keeps its last two digits."""
    digits = re.sub(r"\D", "", text)
    if len(digits) <= 4:
        return "*" * len(text.strip())
    if re.fullmatch(r"(86)?1\d{10}", digits):
        return f"{digits[-11:-8]}****{digits[-4:]}"
    area = re.match(r"\s*(\+\d{1,3}|\(?0\d{2,3}\)?[- ]|[48]00)", text)
    if area and len(digits) - len(re.sub(r"\D", "", area.group())) < 6:
        area = None
    if len(digits) < 8 and not area:
        return f"****{digits[-2:]}"
    return f"{area.group().strip(' -') + '-' if area else ''}****{digits[-4:]}"


def mask_account(text: str) -> str:
    """Only the last four characters of an account."""
    kept = re.sub(r"[\s-]", "", text)
    return f"****{kept[-4:]}" if len(kept) > 4 else "*" * len(kept)


def mask_email(text: str) -> str:
    """First letter and domain: l***@example.com."""
    name, at, domain = text.strip().rpartition("@")
    return f"{name[:1]}***@{domain}" if at and name else "***" if text.strip() else ""


def mask_name(text: str) -> str:
    """张*: the first character alone."""
    name = text.strip()
    return f"{name[:1]}*" if name else ""


_NOISE = re.compile(r"[\s.,，。、·・•'\"“”‘’\-_/\\]+")


def normalise_company_name(text: str) -> str:
    """A key for spellings of one company: width, case, spaces, dots and 有限责任公司 make no difference."""
    name = _NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())
    name = name.replace("〔", "(").replace("〕", ")").replace("【", "(").replace("】", ")")
    return name.replace("有限责任公司", "有限公司")
