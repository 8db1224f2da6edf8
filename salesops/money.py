"""The one place that rounds, splits and allocates money. Decimal only, never float."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext

# Quantity (16 digits) times price (18 digits) needs 34; Python's default of 28 would round silently.
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)

_MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0}
_SYMBOLS = {
    "CNY": "¥",
    "USD": "US$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "JP¥",
    "HKD": "HK$",
    "TWD": "NT$",
    "AUD": "A$",
    "CAD": "C$",
    "SGD": "S$",
    "KRW": "₩",
    "INR": "₹",
    "RUB": "₽",
    "THB": "฿",
    "VND": "₫",
}


def minor_unit(currency: str = "CNY") -> Decimal:
    """The smallest amount of the currency: 0.01, or 1 where there are no cents (three-decimal ones are kept to two)."""
    return Decimal(1).scaleb(-_MINOR_DIGITS.get(currency, 2))


def round_money(amount: Decimal, currency: str = "CNY") -> Decimal:
    """The amount to the currency's minor unit, halves away from zero. ValueError for NaN and infinity."""
    if not amount.is_finite():
        raise ValueError("not an amount of money")
    with localcontext(_WIDE):
        return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_UP) + 0  # + 0 turns -0.00 into 0.00


def multiply_exactly(*factors: Decimal) -> Decimal:
    """The product without the silent rounding of Python's 28-digit default."""
    with localcontext(_WIDE):
        result = Decimal(1)
        for factor in factors:
            result *= factor
        return result


def tax_fraction(rate_key: str) -> Decimal:
    """The rate as a fraction: "13" -> 0.13; "exempt", "outside" and "" (not stated) -> 0."""
    return Decimal(rate_key) / 100 if rate_key.isdecimal() else Decimal(0)


def split_tax(gross: Decimal, rate_key: str, currency: str = "CNY") -> tuple[Decimal, Decimal]:
    """价税分离 of an amount that includes tax: net = gross / (1 + r) rounded, tax = gross - net."""
    gross = round_money(gross, currency)
    with localcontext(_WIDE):
        net = round_money(gross / (1 + tax_fraction(rate_key)), currency)
        return net, gross - net


def add_tax(net: Decimal, rate_key: str, currency: str = "CNY") -> tuple[Decimal, Decimal]:
    """(tax, gross) of an amount that excludes tax: tax = net x r rounded, gross = net + tax."""
    net = round_money(net, currency)
    with localcontext(_WIDE):
        tax = round_money(net * tax_fraction(rate_key), currency)
        return tax, net + tax


class CarriedRounding:
    """Rounds a stream of amounts so that the running sum of the rounded is the rounded running sum.

    No single amount moves by more than one minor unit, and an amount that needs no rounding passes
    unchanged whatever came before it: for that, exact halves of the running sum go up, never away from zero.
    """

    def __init__(self, currency: str = "CNY") -> None:
        self._unit = minor_unit(currency)
        self._exact = Decimal(0)
        self._given = Decimal(0)

    def take(self, exact: Decimal) -> Decimal:
        """The next amount, rounded together with what the earlier ones left over."""
        if not exact.is_finite():
            raise ValueError("not an amount of money")
        with localcontext(_WIDE):
            self._exact += exact
            reached = (self._exact + self._unit / 2).quantize(self._unit, rounding=ROUND_FLOOR)
            part = reached - self._given + 0
            self._given = reached
            return part


def allocate(total: Decimal, weights: Sequence[Decimal | int], currency: str = "CNY") -> list[Decimal]:
    """The total shared out by weight in whole minor units (largest remainder); the parts sum to the total.

    Weights must not be negative; where all are zero the shares are even. ValueError without weights.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be given and not negative")
    total = round_money(total, currency)
    unit = minor_unit(currency)
    sign = -1 if total < 0 else 1
    with localcontext(_WIDE):
        shares = [Decimal(weight) for weight in weights] if any(weights) else [Decimal(1)] * len(weights)
        units = abs(total) / unit
        ideal = [units * share / sum(shares) for share in shares]
        whole = [part.to_integral_value(rounding=ROUND_FLOOR) for part in ideal]
        by_remainder = sorted(range(len(ideal)), key=lambda place: (whole[place] - ideal[place], place))
        for place in by_remainder[: int(units - sum(whole))]:
            whole[place] += 1
        return [sign * part * unit + 0 for part in whole]


def format_money(amount: Decimal, currency: str = "CNY") -> str:
    """The figure as people read it, without a sign of the currency: "1,234.50"; yen without decimals."""
    return f"{round_money(amount, currency):,f}"


def currency_symbol(code: str) -> str:
    """The sign of the currency ("¥", "US$"), or the code itself where it has none of its own."""
    return _SYMBOLS.get(code, code)
