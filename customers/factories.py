"""Customers and products for tests and for the demo company."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

from customers.models import Customer, Product
from customers.searching import write_grams, write_product_grams
from salesops.chinese import pinyin_initials

_serial = count(1)


def make_customer(**fields: Any) -> Customer:
    """A customer that can be found and sold to; any field may be given."""
    number = next(_serial)
    fields.setdefault("code", f"T{number:06d}")
    fields.setdefault("name", f"杭州示例{number}商贸有限公司")
    fields.setdefault("initials", pinyin_initials(fields["name"])[:200])
    customer = Customer.objects.create(**fields)
    write_grams([customer])
    return customer


def make_product(**fields: Any) -> Product:
    """A product that can be found and sold; any field may be given."""
    number = next(_serial)
    fields.setdefault("code", f"SKU-{number:05d}")
    fields.setdefault("name", f"复印纸{number}")
    fields.setdefault("unit", "箱")
    fields.setdefault("list_price", Decimal("100"))
    fields.setdefault("initials", pinyin_initials(fields["name"])[:300])
    product = Product.objects.create(**fields)
    write_product_grams([product])
    return product
