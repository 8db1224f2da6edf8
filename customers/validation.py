"""Checks of what people type about customers and products, each with a sentence that says what to do.

An *error* cannot go on, a *hold* is for somebody else to decide, a *note* goes on. Pure: no database.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from decimal import Decimal
from typing import Any, Literal

import phonenumbers
from django.utils.translation import gettext, gettext_noop

from salesops.chinese import to_half_width

Level = Literal["error", "hold", "note"]


@dataclass(frozen=True)
class Problem:
    """One finding: how grave, which field, an English sentence and its values, and what may have been meant."""

    level: Level
    field: str
    msgid: str
    values: dict[str, Any] = dataclass_field(default_factory=dict)
    suggestions: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """In the reader's language."""
        return gettext(self.msgid) % self.values if self.values else gettext(self.msgid)


# Unified social credit code, GB 32100-2015; inner organisation code, GB 11714.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUE = {sign: value for value, sign in enumerate(USCC_ALPHABET)}
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_LOOKALIKES = str.maketrans("IOSZ", "1052")
# Registrar -> kinds it registers (GB 32100-2015 with its amendment); an unknown pair only warns.
_REGISTRARS = {
    "1": "12345", "2": "19", "3": "123459", "4": "19", "5": "12349", "6": "129", "7": "129", "8": "19", "9": "123",
    "A": "19", "N": "1239", "Y": "1",
}  # fmt: skip
_PROVINCES = frozenset(
    str(code)
    for first, last in ((10, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 66), (71, 71), (81, 82))
    for code in range(first, last + 1)
)
MAX_SUGGESTIONS = 7


def normalise_tax_number(text: str) -> str:
    """Half width, upper case, without spaces, dashes and invisible signs."""
    plain = to_half_width(strip_invisible(text)).upper()
    return "".join(sign for sign in plain if not sign.isspace() and sign not in "-‐‑–—_·.")


def uscc_check_character(first17: str) -> str:
    """The last character that belongs to the first seventeen: (31 - sum of value x 3^i mod 31) mod 31."""
    total = sum(_USCC_VALUE[sign] * weight for sign, weight in zip(first17, _USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def is_inner_code_right(code: str) -> bool:
    """Whether characters 9 to 17 are an organisation code with its own check character (GB 11714)."""
    total = sum(int(sign, 36) * weight for sign, weight in zip(code[8:16], _INNER_WEIGHTS, strict=True))
    return code[16] == {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def is_uscc(code: str) -> bool:
    """Whether a normalised code holds with both check characters and digits for its region."""
    return (
        len(code) == 18
        and all(sign in _USCC_VALUE for sign in code)
        and code[2:8].isdigit()
        and uscc_check_character(code[:17]) == code[17]
        and is_inner_code_right(code)
    )


def check_uscc(text: str, field_name: str = "tax_number") -> list[Problem]:
    """Problems of a unified social credit code; with both checks and what may have been meant."""
    code = normalise_tax_number(text)
    if is_uscc(code):
        if code[1] not in _REGISTRARS.get(code[0], ""):
            return [Problem("note", field_name, _REGISTRAR_UNKNOWN, {"start": code[:2]})]
        return []
    suggestions = suggest_uscc(code)
    if len(code) != 18:
        return [Problem("error", field_name, _USCC_LENGTH, {"count": len(code)}, suggestions)]
    strange = sorted({sign for sign in code if sign not in _USCC_VALUE})
    if strange:
        return [Problem("error", field_name, _USCC_STRANGE, {"signs": " ".join(strange)}, suggestions)]
    if not code[2:8].isdigit():
        return [Problem("error", field_name, _USCC_REGION, {}, suggestions)]
    return [Problem("error", field_name, _USCC_CHECK, {}, suggestions)]


def suggest_uscc(code: str) -> tuple[str, ...]:
    """At most seven codes that one slip turns into this one: a look-alike, a wrong character, two exchanged.

    Filtered by both check characters, the region and the registrar, few or one remain.
    """
    code = normalise_tax_number(code)[:40]
    plain = code.translate(_LOOKALIKES)
    if plain != code and is_uscc(plain):
        return (plain,)
    found = dict.fromkeys(near for near in _one_slip_away(plain) if near != code and _is_plausible(near))
    return tuple(found)[:MAX_SUGGESTIONS]


def _one_slip_away(code: str) -> Iterator[str]:
    if len(code) == 18:
        for place in range(17):
            yield code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        for place in range(18):
            for sign in USCC_ALPHABET:
                yield code[:place] + sign + code[place + 1 :]
    elif len(code) == 19:
        yield from (code[:place] + code[place + 1 :] for place in range(19))
    elif len(code) == 17:
        yield from (code[:place] + sign + code[place:] for place in range(18) for sign in USCC_ALPHABET)


def _is_plausible(code: str) -> bool:
    return code[2:4] in _PROVINCES and code[1] in _REGISTRARS.get(code[0], "") and is_uscc(code)


def check_tax_number(kind: str, text: str, field_name: str = "tax_number") -> list[Problem]:
    """Problems of a tax number of the chosen kind: uscc, old, foreign or none."""
    number = normalise_tax_number(text)
    if kind == "none":
        return [Problem("error", field_name, _TAX_KIND_MISSING)] if number else []
    if not number:
        return [Problem("error", field_name, _TAX_NUMBER_MISSING)]
    if kind == "uscc":
        return check_uscc(number, field_name)
    if kind == "old" and not re.fullmatch(r"[0-9A-Z]{15}|[0-9A-Z]{20}", number):
        return [Problem("error", field_name, _OLD_TAX_NUMBER, {"count": len(number)})]
    if kind == "foreign" and not re.fullmatch(r"[0-9A-Z/]{2,40}", number):
        return [Problem("error", field_name, _FOREIGN_TAX_NUMBER)]
    return []


_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}(-\d{1,6})?")
_SERVICE = re.compile(r"[48]00-?\d{3}-?\d{4}|9[56]\d{3,6}")
_APART = re.compile(r"[/,，、;；|]+")


def normalise_phone(text: str) -> str:
    """Half width, one kind of dash, 转 as the dash before an extension, no spaces at the ends."""
    plain = to_half_width(strip_invisible(text)).strip()
    plain = re.sub(r"[‐‑–—－]", "-", plain)
    plain = re.sub(r"\s*(转|ext\.?)\s*", "-", plain, flags=re.IGNORECASE)
    return re.sub(r"\s+", " ", plain)


def check_phone(text: str, field_name: str = "phone", *, foreign: bool = False) -> list[Problem]:
    """Problems of one or several phone numbers: Chinese mobile, landline, 400/800, or E.164 after a plus sign."""
    problems = []
    for number in filter(None, (part.strip() for part in _APART.split(normalise_phone(text)))):
        problems += _check_one_phone(number, field_name, foreign)
    return problems


def _check_one_phone(number: str, field_name: str, foreign: bool) -> list[Problem]:
    values = {"number": number}
    bare = re.sub(r"[\s().]", "", number)
    home = re.sub(r"^(\+86|0086)-?", "", bare)
    compact = home.replace("-", "")
    if bare.startswith("+") and home == bare:
        try:
            right = phonenumbers.is_possible_number(phonenumbers.parse(number))
        except phonenumbers.NumberParseException:
            right = False
        return [] if right else [Problem("error", field_name, _PHONE_ABROAD, values)]
    if _MOBILE.fullmatch(compact):
        return [Problem("note", field_name, _PHONE_DATA_CARD, values)] if compact.startswith("14") else []
    if _LANDLINE.fullmatch(home) or _LANDLINE.fullmatch(compact) or _SERVICE.fullmatch(home):
        return []
    if bare.startswith("+86") and _LANDLINE.fullmatch("0" + home):
        return []
    if foreign:
        return [Problem("note", field_name, _PHONE_NO_COUNTRY, values)]
    if re.fullmatch(r"\d{7,8}(-\d{1,6})?", home):
        return [Problem("note", field_name, _PHONE_NO_AREA, values)]
    if re.fullmatch(r"1\d{5,}", compact):
        return [Problem("error", field_name, _MOBILE_WRONG, {**values, "count": len(compact)})]
    return [Problem("error", field_name, _PHONE_WRONG, values)]


def check_bank_account(text: str, field_name: str = "account") -> list[Problem]:
    """Warns only: digits and dashes, 8 to 30."""
    account = re.sub(r"\s", "", to_half_width(text))
    if not account or re.fullmatch(r"[\d-]{8,30}", account):
        return []
    return [Problem("note", field_name, _ACCOUNT_ODD)]


def check_bank_number(text: str, field_name: str = "bank_number") -> list[Problem]:
    """联行号: 12 digits."""
    number = re.sub(r"\s", "", to_half_width(text))
    return [] if not number or re.fullmatch(r"\d{12}", number) else [Problem("error", field_name, _BANK_NUMBER)]


def check_postcode(text: str, field_name: str = "postcode", *, foreign: bool = False) -> list[Problem]:
    """Six digits in China; anything abroad."""
    postcode = to_half_width(text).strip()
    if not postcode or foreign or re.fullmatch(r"[0-9]{6}", postcode):
        return []
    return [Problem("error", field_name, _POSTCODE)]


def check_tax_category(text: str, field_name: str = "tax_category") -> list[Problem]:
    """税收分类编码: 19 digits."""
    code = re.sub(r"\s", "", to_half_width(text))
    if not code or re.fullmatch(r"[0-9]{19}", code):
        return []
    return [Problem("error", field_name, _TAX_CATEGORY, {"count": len(code)})]


def normalise_invoice_number(text: str) -> str:
    """Half width, without spaces and invisible signs."""
    return "".join(to_half_width(strip_invisible(text)).split())


def check_invoice_number(text: str, field_name: str = "invoice_number") -> list[Problem]:
    """发票号码: 20 digits, or 8 of an older invoice, these also behind their code of 10 or 12 digits."""
    number = normalise_invoice_number(text)
    if not number or re.fullmatch(r"[0-9]{8}|[0-9]{18}|[0-9]{20}", number):
        return []
    return [Problem("error", field_name, _INVOICE_NUMBER, {"number": number})]


def check_quantity(
    quantity: Decimal,
    *,
    pack_size: Decimal = Decimal(1),
    minimum: Decimal = Decimal(0),
    usual_maximum: Decimal | None = None,
    field_name: str = "quantity",
) -> list[Problem]:
    """Notes for a quantity: whole packs, the minimum order, three times the customer's largest so far."""
    problems = []
    if pack_size > 0 and quantity % pack_size:
        lower = quantity // pack_size * pack_size
        near = tuple(_plain(step) for step in (lower, lower + pack_size) if step > 0)
        problems.append(Problem("note", field_name, _NOT_WHOLE_PACKS, {"pack": _plain(pack_size)}, near))
    if 0 < quantity < minimum:
        problems.append(Problem("note", field_name, _BELOW_MINIMUM, {"minimum": _plain(minimum)}, (_plain(minimum),)))
    if usual_maximum is not None and usual_maximum > 0 and quantity > 3 * usual_maximum:
        problems.append(Problem("note", field_name, _UNUSUALLY_MANY, {"most": _plain(usual_maximum)}))
    return problems


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# Marks that steer direction or take no width: they come along when people copy, and nobody can see them.
_INVISIBLE = dict.fromkeys(
    [0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF, 0xAD]
)


def strip_invisible(text: str) -> str:
    """Without direction marks and zero-width signs; the joiner of emoji stays."""
    return text.translate(_INVISIBLE)


def check_text(text: str, field_name: str, *, lines: bool = False) -> list[Problem]:
    """Refuses control characters and broken halves of characters; line ends only where ``lines`` allows them."""
    allowed = {"\n", "\r", "\t"} if lines else {"\t"}
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in allowed for sign in text):
        return [Problem("error", field_name, _CONTROL_SIGNS)]
    return []


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Those that cannot go on."""
    return [problem for problem in problems if problem.level == "error"]


_REGISTRAR_UNKNOWN = gettext_noop("A code beginning with %(start)s is unusual. Compare it with the business licence.")
_USCC_LENGTH = gettext_noop("The code has %(count)s characters; a unified social credit code has 18.")
_USCC_STRANGE = gettext_noop(
    "A unified social credit code never holds %(signs)s. Compare it with the business licence."
)
_USCC_REGION = gettext_noop("Characters 3 to 8 of the code are the region and hold digits only.")
_USCC_CHECK = gettext_noop(
    "The check character does not fit: a character is wrong or two are exchanged. Compare it with the business licence."
)
_TAX_KIND_MISSING = gettext_noop("Choose which kind of tax number this is, or leave the number empty.")
_TAX_NUMBER_MISSING = gettext_noop("Type the tax number, or choose “None” as its kind.")
_OLD_TAX_NUMBER = gettext_noop("An old tax number has 15 or 20 letters and digits; this one has %(count)s.")
_FOREIGN_TAX_NUMBER = gettext_noop("A foreign tax number has 2 to 40 letters and digits.")
_PHONE_ABROAD = gettext_noop("%(number)s is no possible number of that country. Check the country code and the digits.")
_PHONE_DATA_CARD = gettext_noop("%(number)s is a number of data cards. Ask for the number one can call.")
_PHONE_NO_COUNTRY = gettext_noop("%(number)s has no country code. Write it as +44 20 7946 0958.")
_PHONE_NO_AREA = gettext_noop("%(number)s has no area code. Write it as 0571-88886600.")
_MOBILE_WRONG = gettext_noop("A mobile number has 11 digits and begins with 13 to 19; %(number)s has %(count)s.")
_PHONE_WRONG = gettext_noop(
    "%(number)s is no phone number. Write 13800001234, 0571-88886600, 400-820-8820, or + and the country code."
)
_ACCOUNT_ODD = gettext_noop("Bank accounts usually have 8 to 30 digits. Compare it with the customer's paper.")
_BANK_NUMBER = gettext_noop("A bank's clearing number has 12 digits.")
_POSTCODE = gettext_noop("A postcode has six digits.")
_TAX_CATEGORY = gettext_noop("A tax category code has 19 digits; this one has %(count)s.")
_INVOICE_NUMBER = gettext_noop(
    "“%(number)s” is no invoice number: it has 20 digits, or 8 on an older invoice, alone or behind its invoice code."
)
_NOT_WHOLE_PACKS = gettext_noop("Sold in packs of %(pack)s.")
_BELOW_MINIMUM = gettext_noop("The minimum order is %(minimum)s.")
_UNUSUALLY_MANY = gettext_noop("More than three times the most this customer has ordered (%(most)s). Ask them.")
_CONTROL_SIGNS = gettext_noop("There are signs in it that cannot be printed. Type it again instead of pasting it.")
