"""Finding a customer or a product with what somebody remembers of it."""

import pytest

from customers.factories import make_customer, make_product
from customers.models import Contact
from customers.searching import customer_ids_matching, find_products, write_grams

pytestmark = pytest.mark.django_db


def test_a_customer_is_found_by_any_part_of_its_name() -> None:
    lanting = make_customer(name="杭州澜庭办公用品有限公司", short_name="澜庭")
    make_customer(name="杭州庭澜办公用品有限公司")
    for typed in ("澜庭", "杭州澜庭", "澜庭办公用品有限公司", "澜庭 办公", "杭州 用品 澜庭"):
        assert customer_ids_matching(typed) == [lanting.pk], typed


def test_a_customer_is_found_by_pinyin_initials() -> None:
    lanting = make_customer(name="杭州澜庭办公用品有限公司")
    make_customer(name="上海恒远贸易有限公司")
    for typed in ("hzlt", "HZLT", "lt", "ｈｚｌｔ", "hzltbgypyxgs"):
        assert customer_ids_matching(typed) == [lanting.pk], typed


def test_a_customer_is_found_by_the_tail_of_its_numbers() -> None:
    one = make_customer(name="甲", code="C000481", tax_number="91110000802100433B", phone="0571-88886600")
    Contact.objects.create(customer=one, name="沈岚", mobile="138 0000 2061")
    write_grams([one])
    make_customer(name="乙", tax_number="91440300708461136T")
    for typed in ("433B", "433b", "6600", "88886600", "2061", "13800002061", "C000481", "c000481", "0481"):
        assert customer_ids_matching(typed) == [one.pk], typed


def test_one_character_finds_names_that_begin_with_it() -> None:
    begins = make_customer(name="澜庭办公")
    make_customer(name="杭州澜庭办公")
    assert customer_ids_matching("澜") == [begins.pk]
    assert customer_ids_matching("l") == [begins.pk]


def test_names_that_begin_with_the_words_come_first() -> None:
    middle = make_customer(name="上海恒远贸易")
    first = make_customer(name="恒远贸易")
    assert customer_ids_matching("恒远") == [first.pk, middle.pk]
    assert customer_ids_matching("恒远", limit=1) == [first.pk]


def test_words_every_company_carries_still_find_companies() -> None:
    one = make_customer(name="恒远有限公司")
    assert customer_ids_matching("有限公司") == [one.pk]


@pytest.mark.parametrize("typed", ["", " ", "\0", "%", "_", "' OR 1=1", "\\", "^", "^杭", "\ud800", "😀😀", "x" * 5000])
def test_odd_input_finds_nothing_and_breaks_nothing(typed: str) -> None:
    make_customer(name="杭州澜庭")
    assert customer_ids_matching(typed) == []
    assert find_products(typed) == []


def test_case_beyond_ascii_makes_no_difference_on_any_database() -> None:
    one = make_customer(name="Königlich Essen GmbH", code="KOENE")
    assert customer_ids_matching("KÖNIGLICH") == [one.pk]
    assert customer_ids_matching("koene") == [one.pk]


def test_a_product_is_found_by_code_name_initials_and_barcode() -> None:
    paper = make_product(code="TEC-CO-1001", name="得力 A4 复印纸", spec="70g 500张", barcode="6921734900011")
    make_product(code="TEC-CO-1002", name="硒鼓")
    for typed in ("TEC-CO-1001", "tec-co-1001", "1001", "复印", "fyz", "6921734900011", "复印纸 70g"):
        assert [one.pk for one in find_products(typed)] == [paper.pk], typed
