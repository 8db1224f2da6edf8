"""Pairs of neighbouring characters."""

from hypothesis import given
from hypothesis import strategies as st

from salesops.grams import START, grams_of, starts_of, words_of


def test_pairs_lie_within_words():
    assert grams_of("AB cd", "澜庭公司") == {"ab", "cd", "澜庭", "庭公", "公司"}
    assert starts_of("澜庭", "") == {START + "澜"}


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_part_of_a_text_never_has_a_pair_the_text_has_not(before, part):
    whole = words_of(before + part)
    assert grams_of(part) <= grams_of(*whole) or not whole or grams_of(part) - grams_of(before + part) == set()


@given(st.text(max_size=60))
def test_every_pair_fits_its_column(text):
    assert all(len(gram) == 2 and "\x00" not in gram for gram in grams_of(text) | starts_of(text))
