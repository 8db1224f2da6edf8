"""Figures as documents write them."""

from __future__ import annotations

from decimal import Decimal

from salesops.money import currency_symbol, format_money, minor_unit

_MINUS = "\N{MINUS SIGN}"


def quantity_text(quantity: Decimal) -> str:
    """1,200 and 0.5: without zeros at the end."""
    written = f"{quantity:,f}"
    return _signed(written.rstrip("0").rstrip(".") if "." in written else written)


def price_text(price: Decimal, currency: str) -> str:
    """A price with all its decimals, but at least those of the currency: 7.85, 0.0125, 1,200.00."""
    least = -int(minor_unit(currency).as_tuple().exponent)
    whole, _dot, decimals = f"{price:,f}".partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    return _signed(f"{whole}.{decimals}" if decimals else whole)


def money_text(amount: Decimal, currency: str) -> str:
    """An amount without its currency: 4,710.00."""
    return _signed(format_money(amount, currency))


def total_text(amount: Decimal, currency: str) -> str:
    """An amount with the sign of its currency, which tells dollars from dollars: US$ 24,340.00."""
    return f"{currency_symbol(currency)} {money_text(amount, currency)}"


def percent_text(fraction: Decimal) -> str:
    """0.15 -> 15%."""
    return f"{quantity_text(fraction * 100)}%"


def _signed(written: str) -> str:
    return written.replace("-", _MINUS) if any(digit in "123456789" for digit in written) else written.lstrip("-")
