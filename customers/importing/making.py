"""Writing many new customers and products at once, each complete: numbers, initials, look-up index, diary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from customers.diary import CUSTOMER_FIELDS, PRODUCT_FIELDS, content_of
from customers.importing.matching import taken_codes
from customers.models import (
    Address,
    Contact,
    Customer,
    CustomerEvent,
    CustomerGram,
    CustomerTail,
    InvoiceProfile,
    Product,
    ProductEvent,
    ProductGram,
)
from customers.searching import customer_grams, customer_tails, product_grams
from customers.validation import normalise_phone, normalise_tax_number
from salesops.bulk import insert_rows, reserve_ids
from salesops.chinese import pinyin_initials
from salesops.numbering.numbers import reserve_numbers
from salesops.spreadsheets.models import ImportBatch
from staff.models import User

_CODE_SEQUENCE = date(2000, 1, 1)  # codes count on for ever: one counter row, not one a day
HOME = frozenset({"", "中国", "中国大陆", "中华人民共和国", "china", "cn", "prc", "p.r. china", "mainland china"})
"""Names of the country a customer of ours is in when it is not foreign."""


@dataclass
class NewRecord:
    """A customer or product to be made, with the texts its sheet gives."""

    code: str
    name: str
    fields: dict[str, Any] = field(default_factory=dict)
    barcode: str = ""
    salesperson_id: int | None = None


@dataclass(frozen=True)
class Maker:
    """Who brings the records in, and with which batch."""

    batch: ImportBatch
    by: User | None
    at: datetime


def make_customers(records: Sequence[NewRecord], maker: Maker) -> list[Customer]:
    """Write new customers inside the caller's transaction; those without a code get the next C000123."""
    codes = _fill_codes(Customer, [record.code for record in records], "C")
    ids = reserve_ids(Customer, len(records))
    made = [_customer(pk, code, record, maker) for pk, code, record in zip(ids, codes, records, strict=True)]
    _attach_people(made, maker)  # the diary names them: no query may run while rows stream to the database
    _insert(Customer, made)
    contacts = [one for customer, record in zip(made, records, strict=True) for one in _contacts(customer, record)]
    _insert(Contact, contacts, but=("id",))
    _insert(Address, [one for c, r in zip(made, records, strict=True) for one in _addresses(c, r)], but=("id",))
    _insert(
        InvoiceProfile, [one for c, r in zip(made, records, strict=True) for one in _profiles(c, r, maker)], but=("id",)
    )
    phones: dict[int, list[str]] = {}
    for contact in contacts:
        phones.setdefault(contact.customer_id, []).extend((contact.mobile, contact.phone))
    insert_rows(
        CustomerGram, ["gram", "customer_id"], ((gram, one.pk) for one in made for gram in sorted(customer_grams(one)))
    )
    insert_rows(
        CustomerTail,
        ["tail", "customer_id"],
        ((tail, one.pk) for one in made for tail in sorted(customer_tails(one, phones.get(one.pk, ())))),
    )
    by = maker.by.pk if maker.by else None
    insert_rows(
        CustomerEvent,
        ["customer_id", "kind", "at", "by_id", "after"],
        ((one.pk, "imported", maker.at, by, content_of(one, CUSTOMER_FIELDS)) for one in made),
    )
    return made


def _attach_people(made: Sequence[Customer], maker: Maker) -> None:
    wanted = {one.salesperson_id for one in made if one.salesperson_id}
    people = User.objects.in_bulk(wanted)
    team = maker.by.team if maker.by else None
    for one in made:
        one.team = team
        one.salesperson = people.get(one.salesperson_id) if one.salesperson_id else None


def make_products(records: Sequence[NewRecord], maker: Maker) -> list[Product]:
    """Write new products inside the caller's transaction; those without a code get the next P000123."""
    codes = _fill_codes(Product, [record.code for record in records], "P")
    ids = reserve_ids(Product, len(records))
    made = [_product(pk, code, record, maker) for pk, code, record in zip(ids, codes, records, strict=True)]
    _insert(Product, made)
    insert_rows(
        ProductGram, ["gram", "product_id"], ((gram, one.pk) for one in made for gram in sorted(product_grams(one)))
    )
    by = maker.by.pk if maker.by else None
    insert_rows(
        ProductEvent,
        ["product_id", "kind", "at", "by_id", "after"],
        ((one.pk, "imported", maker.at, by, content_of(one, PRODUCT_FIELDS)) for one in made),
    )
    return made


def _insert(model: type[Any], records: Sequence[Any], but: tuple[str, ...] = ()) -> None:
    if records:
        names = [f.attname for f in model._meta.concrete_fields if f.attname not in but]
        insert_rows(model, names, ([getattr(record, name) for name in names] for record in records))


def _fill_codes(model: type[Customer] | type[Product], codes: Sequence[str], prefix: str) -> list[str]:
    """The codes with the missing ones given; a number somebody took by hand is passed over."""
    missing = sum(not code for code in codes)
    own = set(filter(None, codes))
    fresh: list[str] = []
    while len(fresh) < missing:
        numbers = reserve_numbers(prefix, _CODE_SEQUENCE, missing - len(fresh))
        wanted = [f"{prefix}{int(number.rsplit('-', 1)[1]):06d}" for number in numbers]
        taken = taken_codes(model, wanted)
        fresh += [code for code in wanted if code not in taken and code not in own]
    given: Iterator[str] = iter(fresh)
    return [code or next(given) for code in codes]


def is_foreign(country: str) -> bool:
    """Whether a customer in this country is a foreign buyer; no country says nothing."""
    return country.strip().casefold() not in HOME


def customer_values(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of Customer from the texts of a sheet (phones in one form, a mobile where there is no phone)."""
    values = {
        name: fields[name]
        for name in ("country", "region", "province", "city", "industry", "short_name")
        if fields.get(name)
    }
    if fields.get("segment"):
        values["group"] = fields["segment"]
    phone = fields.get("phone") or fields.get("mobile")
    if phone:
        values["phone"] = normalise_phone(str(phone))[:40]
    if fields.get("fax"):
        values["fax"] = normalise_phone(str(fields["fax"]))[:40]
    if "@" in str(fields.get("email", "")):
        values["email"] = str(fields["email"]).strip()
    if fields.get("remarks"):
        values["remarks"] = fields["remarks"]
    if fields.get("level") in Customer.Level.values:
        values["level"] = fields["level"]
    if fields.get("credit_limit") is not None:
        values["credit_limit"] = Decimal(fields["credit_limit"])
    if fields.get("is_active") is not None:
        values["is_active"] = fields["is_active"]
    if is_foreign(str(fields.get("country", ""))):
        values["kind"] = Customer.Kind.FOREIGN
    if fields.get("tax_number"):
        values["tax_number"] = normalise_tax_number(str(fields["tax_number"]))[:40]
        values["tax_number_kind"] = kind_of_tax_number(values["tax_number"], str(fields.get("country", "")))
    return values


def kind_of_tax_number(number: str, country: str) -> str:
    """Which kind a tax number is by its form; check_tax_number then says whether it is right."""
    if is_foreign(country):
        return str(Customer.TaxNumberKind.FOREIGN)
    return str(Customer.TaxNumberKind.USCC if len(number) == 18 else Customer.TaxNumberKind.OLD)


def _customer(pk: int, code: str, record: NewRecord, maker: Maker) -> Customer:
    return Customer(
        pk=pk,
        code=code,
        name=record.name or code,
        initials=pinyin_initials(record.name or code)[:200],
        team_id=maker.by.team_id if maker.by else None,
        salesperson_id=record.salesperson_id,
        batch=maker.batch,
        created_at=maker.at,
        created_by=maker.by,
        updated_at=maker.at,
        updated_by=maker.by,
        **customer_values(record.fields),
    )


def _contacts(customer: Customer, record: NewRecord) -> Iterable[Contact]:
    fields = record.fields
    name = " ".join(filter(None, (fields.get("contact_first_name"), fields.get("contact"))))
    if name:
        yield Contact(
            customer=customer,
            name=name[:80],
            job_title=fields.get("contact_title", ""),
            mobile=normalise_phone(fields.get("mobile", ""))[:40],
            phone=normalise_phone(fields.get("phone", ""))[:40],
            email=customer.email,
        )


def _addresses(customer: Customer, record: NewRecord) -> Iterable[Address]:
    fields = record.fields
    street = " ".join(filter(None, (fields.get("address"), fields.get("address_more"))))
    if street:
        yield Address(
            customer=customer,
            receiver=fields.get("contact", "")[:80],
            phone=customer.phone,
            country=fields.get("country", ""),
            province=fields.get("province", ""),
            city=fields.get("city", ""),
            street=street[:200],
            postcode=fields.get("postcode", ""),
            is_default=True,
        )


def _profiles(customer: Customer, record: NewRecord, maker: Maker) -> Iterable[InvoiceProfile]:
    fields = record.fields
    if fields.get("bank") or fields.get("account"):
        yield InvoiceProfile(
            customer=customer,
            title=customer.name,
            tax_number=customer.tax_number,
            address=fields.get("address", ""),
            phone=customer.phone,
            bank=fields.get("bank", ""),
            account=fields.get("account", ""),
            is_default=True,
            created_by=maker.by,
        )


def product_values(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields of Product from the texts of a sheet."""
    values = {
        name: fields[name]
        for name in ("category", "subcategory", "unit", "invoice_name", "tax_category", "tax_rate", "remarks")
        if fields.get(name)
    }
    spec = " ".join(filter(None, (fields.get("spec"), fields.get("model"))))
    if spec:
        values["spec"] = spec[:200]
    for name in ("list_price", "floor_price", "pack_size", "minimum_quantity"):
        if fields.get(name) not in (None, ""):
            values[name] = Decimal(fields[name])
    if fields.get("discontinued") or fields.get("is_active") is False:
        values["is_discontinued"] = True
    return values


def _product(pk: int, code: str, record: NewRecord, maker: Maker) -> Product:
    name = record.name or code
    return Product(
        pk=pk,
        code=code,
        name=name,
        barcode=record.barcode,
        initials=pinyin_initials(name)[:300],
        batch=maker.batch,
        created_at=maker.at,
        created_by=maker.by,
        updated_at=maker.at,
        updated_by=maker.by,
        **product_values(record.fields),
    )
