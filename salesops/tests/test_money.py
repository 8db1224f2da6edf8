"""Money is rounded, split and shared out without losing or making a cent."""

from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.models import TaxRate
from salesops.money import (
    CarriedRounding,
    add_tax,
    allocate,
    currency_symbol,
    format_money,
    multiply_exactly,
    round_money,
    split_tax,
)

CENT = Decimal("0.01")
cents = st.decimals(min_value=-(10**12), max_value=10**12, places=2)
exact = st.decimals(min_value=-(10**9), max_value=10**9, places=6)
rates = st.sampled_from([*TaxRate.values, ""])


def test_half_a_cent_is_rounded_away_from_zero_and_never_by_float():
    assert round_money(Decimal("1.005")) == Decimal("1.01")
    assert round_money(Decimal("-1.005")) == Decimal("-1.01")
    assert round_money(Decimal("2.675")) == Decimal("2.68")


def test_yen_have_no_cents():
    assert round_money(Decimal("99.5"), "JPY") == Decimal(100)
    assert format_money(Decimal("1234"), "JPY") == "1,234"


def test_nothing_is_minus_zero():
    assert str(round_money(Decimal("-0.001"))) == "0.00"


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "sNaN"])
def test_what_is_no_number_is_no_money(wrong):
    with pytest.raises(ValueError, match="not an amount"):
        round_money(Decimal(wrong))
    with pytest.raises(ValueError, match="not an amount"):
        CarriedRounding().take(Decimal(wrong))


def test_a_price_with_six_places_times_a_quantity_with_sixteen_digits_keeps_every_digit():
    product = multiply_exactly(Decimal("999999999999.9999"), Decimal("999999999999.999999"))
    assert product == Decimal("999999999999999899000000.0000000001")


@pytest.mark.parametrize(
    ("gross", "rate", "net", "tax"),
    [
        ("113.00", "13", "100.00", "13.00"),
        ("100.00", "13", "88.50", "11.50"),
        ("0.01", "13", "0.01", "0.00"),
        ("100.00", "exempt", "100.00", "0.00"),
        ("100.00", "outside", "100.00", "0.00"),
        ("100.00", "0", "100.00", "0.00"),
        ("100.00", "", "100.00", "0.00"),
        ("-113.00", "13", "-100.00", "-13.00"),
    ],
)
def test_tax_is_taken_out_of_an_amount_that_includes_it(gross, rate, net, tax):
    assert split_tax(Decimal(gross), rate) == (Decimal(net), Decimal(tax))


@given(gross=cents, rate=rates)
def test_net_and_tax_are_together_the_gross(gross, rate):
    net, tax = split_tax(gross, rate)
    assert net + tax == gross
    assert net == round_money(net)
    assert abs(net) <= abs(gross)


@given(net=cents, rate=rates)
def test_tax_put_on_a_net_amount_comes_off_again_to_the_cent(net, rate):
    tax, gross = add_tax(net, rate)
    assert net + tax == gross
    assert abs(split_tax(gross, rate)[0] - net) <= CENT


@given(st.lists(exact, min_size=1, max_size=60))
def test_a_stream_keeps_its_total_and_no_amount_moves_by_more_than_a_cent(amounts):
    carried = CarriedRounding()
    rounded = [carried.take(amount) for amount in amounts]
    for sum_rounded, sum_exact in zip(accumulate(rounded), accumulate(amounts), strict=True):
        assert abs(sum_rounded - sum_exact) <= CENT / 2
    for after, before in zip(rounded, amounts, strict=True):
        assert after == round_money(after)
        assert abs(after - before) <= CENT


@given(st.lists(exact, max_size=20), cents)
def test_an_amount_in_whole_cents_passes_unchanged_whatever_came_before(earlier, amount):
    carried = CarriedRounding()
    for before in earlier:
        carried.take(before)
    assert carried.take(amount) == amount


@given(total=cents, weights=st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=40))
def test_shares_sum_to_the_total_and_none_is_a_cent_off(total, weights):
    parts = allocate(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        ideal = total * weight / whole if whole else total / len(weights)
        assert abs(part - ideal) < CENT + Decimal("1e-9")


def test_a_euro_among_three_gives_the_odd_cent_to_the_first():
    assert allocate(Decimal("1.00"), [1, 1, 1]) == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_shares_need_weights_that_are_not_negative(weights):
    with pytest.raises(ValueError, match="weights"):
        allocate(Decimal(1), weights)


def test_figures_are_grouped_by_thousands():
    assert format_money(Decimal("1234.5")) == "1,234.50"
    assert format_money(Decimal("-1234567.005")) == "-1,234,567.01"
    assert (currency_symbol("CNY"), currency_symbol("XAU")) == ("¥", "XAU")
