"""The arithmetic of one imported line: which figure of the sheet counts, and what follows from it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from salesops.money import tax_fraction

_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
ZERO = Decimal(0)
ONE = Decimal(1)
MILLIONTH = Decimal("0.000001")
CENT = Decimal("0.01")
LARGEST = Decimal(10) ** 12
"""Amounts, prices and quantities from here on are refused: they do not fit the books."""


@dataclass(slots=True)
class Figures:
    """What a row says in numbers; None where it says nothing."""

    quantity: Decimal
    unit_price: Decimal | None = None
    gross_price: Decimal | None = None
    amount: Decimal | None = None
    gross_amount: Decimal | None = None
    discount: Decimal = ZERO  # a fraction: 0.15 = 15 %
    tax_rate: str = ""  # as TaxRate, or another whole percentage; "" = not stated
    tax: Decimal | None = None


@dataclass(slots=True)
class Worth:
    """The exact figures of a line."""

    exact: Decimal  # what the sheet holds: the gross amount where ``is_gross``, else the net one
    is_gross: bool
    tax: Decimal | None  # of a net amount: as stated, or None to be reckoned from the rate
    unit_price: Decimal  # before the discount, six places
    price_is_net: bool
    disagrees: bool  # the sheet's own amount and quantity x price differ by more than rounding
    derived_price: bool


def without_noise(value: Decimal) -> Decimal:
    """The value without the dust of binary fractions: 125.43999999999998 is 125.44, 0.3333333333 stays."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= -6:
        return value
    near = _WIDE.quantize(value, MILLIONTH)
    return near if abs(near - value) <= Decimal("1e-9") * max(ONE, abs(value)) else value


def worth_of(figures: Figures) -> Worth | None:
    """What the line is worth; None where neither an amount nor a price is given.

    The sheet's amount counts, and quantity x price x (1 - discount) where there is none. Beside a tax rate or a tax,
    a plain amount is the one before tax (金额), a gross one (价税合计, 含税金额) includes it; a plain amount that is
    quantity x a price with tax includes it too.
    """
    f = figures
    net_price, gross_price = f.unit_price, f.gross_price
    if f.amount is not None:
        is_gross = (
            f.gross_amount is None
            and net_price is None
            and gross_price is not None
            and _agree(f.amount, f.quantity, gross_price, f.discount)
        )
        exact, price = f.amount, gross_price if is_gross else net_price
        tax = f.tax
        if f.gross_amount is not None and tax is None:
            tax = f.gross_amount - f.amount
    elif f.gross_amount is not None:
        exact, is_gross, price, tax = f.gross_amount, True, gross_price if gross_price is not None else net_price, None
    elif gross_price is not None:
        exact, is_gross, price, tax = _times(f.quantity, gross_price, f.discount), True, gross_price, None
    elif net_price is not None:
        exact, is_gross, price, tax = _times(f.quantity, net_price, f.discount), False, net_price, f.tax
    else:
        return None
    disagrees = price is not None and not _agree(exact, f.quantity, price, f.discount)
    derived = price is None
    unit_price = _price_from(exact, f.quantity, f.discount) if price is None else _WIDE.quantize(price, MILLIONTH)
    return Worth(without_noise(exact), is_gross, tax, unit_price, not is_gross, disagrees, derived)


def reckon_tax(net: Decimal, rate: str) -> Decimal:
    """The tax on a rounded net amount: net x rate to the cent."""
    return _WIDE.quantize(_WIDE.multiply(net, tax_fraction(rate)), CENT)


def _times(quantity: Decimal, price: Decimal, discount: Decimal) -> Decimal:
    return _WIDE.multiply(_WIDE.multiply(quantity, price), ONE - discount)


def _price_from(amount: Decimal, quantity: Decimal, discount: Decimal) -> Decimal:
    """Amount / quantity, and before the discount where there is one, so that price, discount and amount agree."""
    share = _WIDE.multiply(quantity, ONE - discount) if discount < 1 else quantity
    return _WIDE.quantize(_WIDE.divide(amount, share), MILLIONTH)


def _agree(amount: Decimal, quantity: Decimal, price: Decimal, discount: Decimal) -> bool:
    """Within what rounding the price to its last place and the amount to the cent can explain."""
    step = Decimal(1).scaleb(min(-2, int(price.as_tuple().exponent)))
    slack = CENT + abs(quantity) * step / 2
    exact = _times(quantity, price, discount)
    return abs(exact - amount) <= slack or (discount != 0 and abs(_times(quantity, price, ZERO) - amount) <= slack)


class CarriedPlaces:
    """Keeps the sum while exact values with more than six places are cut to six for the books."""

    def __init__(self) -> None:
        self._left = ZERO

    def take(self, exact: Decimal) -> Decimal:
        """The next value, with what the earlier ones left over."""
        exponent = exact.as_tuple().exponent
        if isinstance(exponent, int) and exponent >= -6:
            return exact
        wanted = exact + self._left
        given = _WIDE.quantize(wanted, MILLIONTH)
        self._left = wanted - given
        return given
