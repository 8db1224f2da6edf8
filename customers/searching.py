"""Finding customers and products while somebody types.

Two small tables answer on every database alike: pairs of neighbouring characters (names, initials),
and numbers written backwards (codes, tax numbers, phones), because people remember their last digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Q

from customers.models import Contact, Customer, CustomerGram, CustomerTail, Product, ProductGram
from salesops.bulk import insert_rows
from salesops.chinese import to_half_width
from salesops.grams import START, folded, grams_of, starts_of, words_of

if TYPE_CHECKING:
    from staff.models import User

# In nearly every company's name, so they tell nothing while a rarer pair is there.
COMMON = frozenset(["有限", "限公", "公司", "责任", "任公", "限责", "股份", "份有", "科技", "贸易", "yx", "xg", "gs"])
PROBED = 8  # pairs whose frequency is asked for
PROBE_CEILING = 2000  # rare enough: counting further would cost more than it saves
_NUMBER = re.compile(r"(?=.*\d)[0-9a-z]{3,40}")


def tail_of(text: str) -> str:
    """A number as the index keeps it: letters and digits alone, half width, lower case, backwards."""
    plain = to_half_width(text).lower()
    return "".join(sign for sign in plain if sign.isascii() and sign.isalnum())[::-1]


def find_customers(user: User, text: str, limit: int = 8) -> list[Customer]:
    """Customers this person may see by name, initials, code, or the tail of tax number or phone; best first."""
    visible = Customer.objects.visible_to(user)
    ids = _customer_ids(visible, text, limit)
    found = visible.select_related("salesperson").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def customer_ids_matching(text: str, limit: int = 1000) -> list[int]:
    """Ids of customers that match, whoever asks: for filters of lists that limit their own rows."""
    return _customer_ids(Customer.objects.all(), text, limit)


def _customer_ids(rows: models.QuerySet[Customer], text: str, limit: int) -> list[int]:
    words = words_of(text)
    if not words or len(folded(text)) > 200:
        return []
    ids: list[int] = []
    number = tail_of(text)
    if _NUMBER.fullmatch(number):
        # Between these two bounds lies every longer number under any collation of ASCII letters and digits.
        tails = rows.filter(tails__tail__gte=number, tails__tail__lte=number + "z" * 20)
        ids += list(dict.fromkeys(tails.order_by().values_list("pk", flat=True)[: limit * 3]))[:limit]
    if len(ids) < limit:
        fields = ("name", "short_name", "initials", "former_names", "code")
        ids += [pk for pk in _by_grams(rows, CustomerGram, "customer", words, limit, fields) if pk not in ids]
    return ids[:limit]


def ids_sharing_grams(text: str, limit: int) -> list[int]:
    """Ids of customers that hold the three rarest pairs of the text: candidates for a closer look, not yet matches."""
    typed = grams_of(text)
    counts = _counted(CustomerGram, (sorted(typed - COMMON) or sorted(typed))[:PROBED])
    if not counts or 0 in counts.values():
        return []
    pairs = sorted(counts, key=lambda gram: counts[gram])[:3]
    found = Customer.objects.filter(grams__gram=pairs[0])
    for gram in pairs[1:]:
        found = found.filter(Exists(CustomerGram.objects.filter(gram=gram, customer=OuterRef("pk"))))
    return list(found.order_by().values_list("pk", flat=True)[:limit])


def find_products(text: str, limit: int = 8, *, sold_only: bool = False) -> list[Product]:
    """Products by code, barcode, name, specification or initials; an exact code first."""
    rows = Product.objects.filter(is_discontinued=False) if sold_only else Product.objects.all()
    ids = _product_ids(rows, text, limit)
    found = rows.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def product_ids_matching(text: str, limit: int = 1000) -> list[int]:
    """Ids of products that match: for filters of lists."""
    return _product_ids(Product.objects.all(), text, limit)


def _product_ids(rows: models.QuerySet[Product], text: str, limit: int) -> list[int]:
    words = words_of(text)
    if not words or len(folded(text)) > 200:
        return []
    typed = " ".join(words)
    codes = {typed, typed.upper(), text.strip().replace("\0", "")}
    ids = list(rows.filter(Q(code__in=codes) | Q(barcode=typed)).values_list("pk", flat=True)[:limit])
    fields = ("name", "code", "initials", "spec")
    ids += [pk for pk in _by_grams(rows, ProductGram, "product", words, limit, fields) if pk not in ids]
    return ids[:limit]


def _by_grams(
    rows: models.QuerySet[Any],
    grams: type[models.Model],
    owner: str,
    words: Sequence[str],
    limit: int,
    fields: Sequence[str],
) -> list[int]:
    """Ids whose fields contain every word: rarest pair first, the others checked beside it, then the text itself."""
    typed = grams_of(*words)
    starts = sorted(starts_of(words[0]))
    if not typed:
        return _holding(rows, grams, owner, starts, limit, fields, words)
    telling = (sorted(typed - COMMON) or sorted(typed))[:PROBED]
    counts = _counted(grams, [*telling, *starts])
    if any(counts[gram] == 0 for gram in telling):
        return []
    pairs = sorted(telling, key=lambda gram: counts[gram])
    if not _is_proof(words):
        read = _read(rows, grams, owner, pairs, limit, fields)
        if len(read) < _most_read(limit):
            # All of them were read at once: those that begin with what was typed come first.
            fitting = [(pk, texts) for pk, texts in read if _fits(texts, words)]
            return [pk for pk, _texts in sorted(fitting, key=lambda one: not _begins(one[1], words[0]))][:limit]
    ids: list[int] = []
    if all(counts[start] for start in starts):
        # Names that begin with what was typed come before names that hold it somewhere.
        both = sorted([*telling, *starts], key=lambda gram: counts[gram])
        ids = _holding(rows, grams, owner, both, limit, fields, words)
    if len(ids) < limit:
        ids += [pk for pk in _holding(rows, grams, owner, pairs, limit, fields, words) if pk not in ids]
    return ids[:limit]


def _holding(
    rows: models.QuerySet[Any],
    grams: type[models.Model],
    owner: str,
    wanted: Sequence[str],
    limit: int,
    fields: Sequence[str],
    words: Sequence[str],
) -> list[int]:
    if _is_proof(words):
        return list(_candidates(rows, grams, owner, wanted).values_list("pk", flat=True)[:limit])
    return [pk for pk, texts in _read(rows, grams, owner, wanted, limit, fields) if _fits(texts, words)][:limit]


def _candidates(
    rows: models.QuerySet[Any], grams: type[models.Model], owner: str, wanted: Sequence[str]
) -> models.QuerySet[Any]:
    """Rows that hold all these pairs, in no order."""
    found = rows.filter(grams__gram=wanted[0])
    for gram in wanted[1:]:
        found = found.filter(Exists(grams._default_manager.filter(**{"gram": gram, owner: OuterRef("pk")})))
    return found.order_by()


def _read(
    rows: models.QuerySet[Any],
    grams: type[models.Model],
    owner: str,
    wanted: Sequence[str],
    limit: int,
    fields: Sequence[str],
) -> list[tuple[int, list[str]]]:
    """Candidates with their texts: several pairs may stand apart, so whether they fit is read, not counted."""
    found = _candidates(rows, grams, owner, wanted).values_list("pk", *fields)[: _most_read(limit)]
    return [
        (pk, [folded(part) for value in values for part in (value if isinstance(value, list) else [value])])
        for pk, *values in found
    ]


def _most_read(limit: int) -> int:
    return limit * 2 + 50


def _is_proof(words: Sequence[str]) -> bool:
    """One pair that is there is its own proof."""
    return len(words) == 1 and len(words[0]) <= 2


def _fits(texts: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(word in text for text in texts) for word in words)


def _begins(texts: Sequence[str], word: str) -> bool:
    return any(text.startswith(word) for text in texts)


def _counted(grams: type[models.Model], wanted: Sequence[str]) -> dict[str, int]:
    """How many rows hold each pair, counted up to a ceiling, in one statement."""
    if not wanted:
        return {}
    table = connection.ops.quote_name(grams._meta.db_table)
    few = f"SELECT 1 FROM {table} WHERE gram = %s LIMIT {PROBE_CEILING}"  # noqa: S608  # our own table's name
    counts = ", ".join([f"(SELECT count(*) FROM ({few}) AS few)"] * len(wanted))  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", list(wanted))
        return dict(zip(wanted, cursor.fetchone(), strict=True))


def write_grams(customers: Iterable[Customer]) -> None:
    """Write anew what these customers are found by; call it in the transaction that changed them."""
    chosen = list(customers)
    ids = [customer.pk for customer in chosen]
    phones: dict[int, list[str]] = {}
    for owner, mobile, phone in Contact.objects.filter(customer__in=ids).values_list("customer", "mobile", "phone"):
        phones.setdefault(owner, []).extend((mobile, phone))
    # Sorted by the key itself, so that the index grows in order.
    grams = sorted((gram, one.pk) for one in chosen for gram in customer_grams(one))
    tails = sorted((tail, one.pk) for one in chosen for tail in customer_tails(one, phones.get(one.pk, ())))
    with transaction.atomic():
        CustomerGram.objects.filter(customer__in=ids).delete()
        CustomerTail.objects.filter(customer__in=ids).delete()
        insert_rows(CustomerGram, ("gram", "customer_id"), grams)
        insert_rows(CustomerTail, ("tail", "customer_id"), tails)


def customer_grams(customer: Customer) -> set[str]:
    """What a customer is found by: names, initials and the letters of the code."""
    names = [customer.name, customer.short_name, customer.initials, *map(str, customer.former_names)]
    letters = re.findall(r"[^\W\d_]{2,}", customer.code)
    return grams_of(*names, *letters) | starts_of(customer.name, customer.short_name, customer.initials)


def customer_tails(customer: Customer, phones: Iterable[str] = ()) -> set[str]:
    """Code, tax number and phones, backwards."""
    numbers = (customer.code, customer.tax_number, customer.phone, *phones)
    return {tail[:60] for number in numbers if len(tail := tail_of(number)) >= 3}


def product_grams(product: Product) -> set[str]:
    """What a product is found by: code, name, specification and initials."""
    texts = (product.code, product.name, product.initials, product.spec)
    return grams_of(*texts) | starts_of(product.code, product.name, product.initials)


def write_product_grams(products: Iterable[Product]) -> None:
    """Write anew what these products are found by; call it in the transaction that changed them."""
    chosen = list(products)
    grams = sorted((gram, one.pk) for one in chosen for gram in product_grams(one))
    with transaction.atomic():
        ProductGram.objects.filter(product__in=[one.pk for one in chosen]).delete()
        insert_rows(ProductGram, ("gram", "product_id"), grams)


__all__ = [
    "START",
    "customer_grams",
    "customer_ids_matching",
    "customer_tails",
    "find_customers",
    "find_products",
    "ids_sharing_grams",
    "product_grams",
    "product_ids_matching",
    "tail_of",
    "write_grams",
    "write_product_grams",
]
