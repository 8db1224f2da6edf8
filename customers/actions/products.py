"""Making and changing products, their prices and what customers call them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers.actions.customers import locked_customer, require_editor, touch
from customers.diary import PRODUCT_FIELDS, compare, content_of, plain_value
from customers.errors import ConflictError, CustomerError, Difference
from customers.models import CustomerPartNumber, CustomerPrice, ListedPrice, PriceList, Product, ProductEvent
from customers.searching import write_product_grams
from salesops.chinese import pinyin_initials
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

_LOOKED_UP_BY = frozenset({"code", "name", "initials", "spec"})


@dataclass(frozen=True, slots=True)
class Step:
    """From this quantity on, this price, between two days (none: for ever)."""

    from_quantity: Decimal
    price: Decimal
    valid_from: date | None = None
    valid_to: date | None = None


def create_product(*, by: User, **fields: Any) -> Product:
    """Make a product and keep its first save whole. CustomerError for a taken code or a circle of substitutes."""
    _require_product_editor(by)
    with transaction.atomic():
        if Product.objects.filter(code=fields["code"]).exists():
            raise CustomerError(_CODE_TAKEN, {"code": fields["code"]}, field="code")
        product = Product(**fields, created_by=by, updated_by=by)
        _complete(product)
        product.save(force_insert=True)
        write_product_grams([product])
        _note(product, by, "created", after=content_of(product, PRODUCT_FIELDS))
    return product


def change_product(*, by: User, product_id: int, version: int, **fields: Any) -> Product:
    """Change the given fields of a product of this version; ConflictError and CustomerError as with customers."""
    _require_product_editor(by)
    with transaction.atomic():
        product = _locked_product(product_id)
        before = content_of(product, PRODUCT_FIELDS)
        differences = [
            Difference(name, plain_value(getattr(product, name)), plain_value(value))
            for name, value in fields.items()
            if plain_value(getattr(product, name)) != plain_value(value)
        ]
        if product.version != version and differences:
            raise ConflictError(differences, version=product.version, changed_by=str(product.updated_by or ""))
        for name, value in fields.items():
            setattr(product, name, value)
        _complete(product, name_changed="name" in {difference.field for difference in differences})
        if Product.objects.filter(code=product.code).exclude(pk=product.pk).exists():
            raise CustomerError(_CODE_TAKEN, {"code": product.code}, field="code")
        was, now = compare(before, content_of(product, PRODUCT_FIELDS))
        if now:
            product.version += 1
            product.updated_at, product.updated_by = timezone.now(), by
            product.save()
            if _LOOKED_UP_BY & set(now):
                write_product_grams([product])
            _note(product, by, "changed", before=was, after=now)
    return product


def save_price_list(*, by: User, price_list_id: int | None = None, **fields: Any) -> PriceList:
    """Make or change a price list. Raises CustomerError for a taken name or days in the wrong order."""
    _require_product_editor(by)
    with transaction.atomic():
        known = PriceList.objects.select_for_update()
        price_list = known.get(pk=price_list_id) if price_list_id else PriceList()
        for name, value in fields.items():
            setattr(price_list, name, value)
        if PriceList.objects.filter(name=price_list.name).exclude(pk=price_list.pk).exists():
            raise CustomerError(_NAME_TAKEN, {"name": price_list.name}, field="name")
        _check_days(price_list.valid_from, price_list.valid_to)
        price_list.save()
    return price_list


def set_listed_steps(*, by: User, price_list_id: int, product_id: int, steps: Sequence[Step]) -> list[ListedPrice]:
    """Write the steps of one product in a price list anew; an empty sequence takes the product off the list."""
    _require_product_editor(by)
    _check_steps(steps)
    with transaction.atomic():
        product = _locked_product(product_id)
        price_list = PriceList.objects.get(pk=price_list_id)
        rows = ListedPrice.objects.filter(price_list=price_list, product=product)
        was = _steps_content(rows.order_by("from_quantity", "valid_from"))
        rows.delete()
        made = [ListedPrice(price_list=price_list, product=product, **_columns(step)) for step in steps]
        ListedPrice.objects.bulk_create(made)
        now = _steps_content(made)
        if was != now:
            _note(product, by, "prices", before={"steps": was}, after={"steps": now}, note=price_list.name)
    return made


def set_customer_prices(*, by: User, customer_id: int, product_id: int, steps: Sequence[Step]) -> list[CustomerPrice]:
    """Write the prices agreed with one customer for one product anew; an empty sequence ends the agreement."""
    _require_product_editor(by)
    _check_steps(steps)
    with transaction.atomic():
        customer = locked_customer(customer_id)
        product = _locked_product(product_id)
        rows = CustomerPrice.objects.filter(customer=customer, product=product)
        was = _steps_content(rows.order_by("from_quantity", "valid_from"))
        rows.delete()
        made = [CustomerPrice(customer=customer, product=product, **_columns(step)) for step in steps]
        CustomerPrice.objects.bulk_create(made)
        now = _steps_content(made)
        if was != now:
            touch(customer, by, "prices", {"steps": was}, {"steps": now}, note=str(product)[:200])
            _note(product, by, "prices", before={"steps": was}, after={"steps": now}, note=customer.name)
    return made


def save_part_number(
    *, by: User, customer_id: int, product_id: int, number: str, name: str = "", part_id: int | None = None
) -> CustomerPartNumber:
    """Write down what a customer calls a product. Raises CustomerError where they call another product so."""
    require_editor(by)
    with transaction.atomic():
        customer = locked_customer(customer_id)
        taken = CustomerPartNumber.objects.filter(customer=customer, number=number).exclude(pk=part_id or 0)
        if clash := taken.select_related("product").first():
            raise CustomerError(_PART_TAKEN, {"number": number, "product": str(clash.product)}, field="number")
        product = Product.objects.get(pk=product_id)
        if part_id:
            part = CustomerPartNumber.objects.get(pk=part_id, customer=customer)
        else:
            part = CustomerPartNumber(customer=customer)
        before = {"number": part.number, "name": part.name} if part_id else {}
        part.product, part.number, part.name = product, number, name
        was, now = compare(before, {"number": number, "name": name})
        part.save()
        if now:
            touch(customer, by, "part_number", was, now, note=str(product)[:200])
    return part


def remove_part_number(*, by: User, customer_id: int, part_id: int) -> None:
    """The customer no longer uses this number."""
    require_editor(by)
    with transaction.atomic():
        customer = locked_customer(customer_id)
        part = CustomerPartNumber.objects.select_related("product").get(pk=part_id, customer=customer)
        was, product = {"number": part.number, "name": part.name}, part.product
        part.delete()
        touch(customer, by, "part_number", was, {}, note=str(product)[:200])


def _require_product_editor(by: User) -> None:
    if not by.may(Permission.EDIT_PRODUCTS):
        raise PermissionDenied


def _locked_product(product_id: int) -> Product:
    return Product.objects.select_for_update().get(pk=product_id)


def _complete(product: Product, *, name_changed: bool = False) -> None:
    """Write the initials where there are none or the name is another; refuse a product as its own substitute."""
    if not product.initials or name_changed:
        product.initials = pinyin_initials(product.name)[:300]
    seen, following = {product.pk}, product.substitute
    while following is not None:
        if following.pk in seen:
            raise CustomerError(_SUBSTITUTE_CIRCLE, field="substitute")
        seen.add(following.pk)
        following = following.substitute


def _check_days(first: date | None, last: date | None) -> None:
    if first and last and last < first:
        raise CustomerError(_DAYS_REVERSED, field="valid_to")


def _check_steps(steps: Sequence[Step]) -> None:
    for step in steps:
        if step.from_quantity < 0 or step.price < 0:
            raise CustomerError(_NEGATIVE, field="price")
        _check_days(step.valid_from, step.valid_to)
    keys = [(step.from_quantity, step.valid_from) for step in steps]
    if len(set(keys)) != len(keys):
        raise CustomerError(_STEP_TWICE, field="from_quantity")


def _columns(step: Step) -> dict[str, Any]:
    return {name: getattr(step, name) for name in ("from_quantity", "price", "valid_from", "valid_to")}


def _steps_content(rows: Any) -> list[list[Any]]:
    """Each step as [from quantity, price, valid from, valid to]."""
    return sorted(
        [
            [
                plain_value(row.from_quantity),
                plain_value(row.price),
                plain_value(row.valid_from),
                plain_value(row.valid_to),
            ]
            for row in rows
        ],
        key=str,
    )


def _note(
    product: Product,
    by: User,
    kind: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str = "",
) -> ProductEvent:
    return ProductEvent.objects.create(
        product=product, by=by, kind=kind, before=before or {}, after=after or {}, note=note[:2000]
    )


_CODE_TAKEN = gettext_noop("The code %(code)s is taken already. Choose another one.")
_NAME_TAKEN = gettext_noop("There is a price list named %(name)s already.")
_PART_TAKEN = gettext_noop("The customer's number %(number)s means %(product)s already.")
_SUBSTITUTE_CIRCLE = gettext_noop("A product cannot stand in for itself, not even through others.")
_DAYS_REVERSED = gettext_noop("The last day lies before the first.")
_NEGATIVE = gettext_noop("Quantities and prices are zero or more.")
_STEP_TWICE = gettext_noop("Two steps begin at the same quantity on the same day.")
