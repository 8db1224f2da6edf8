"""Making, changing, blocking and assigning customers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers.diary import ASSIGNMENT_FIELDS, CUSTOMER_FIELDS, compare, content_of, plain_value
from customers.errors import ConflictError, CustomerError, Difference
from customers.models import Customer, CustomerEvent
from customers.searching import write_grams
from customers.signals import customer_assigned
from customers.validation import check_tax_number, errors_of, normalise_tax_number
from salesops.chinese import pinyin_initials
from salesops.numbering.numbers import reserve_numbers
from staff.roles import Permission

if TYPE_CHECKING:
    from staff.models import User

_CODE_SEQUENCE = date(2000, 1, 1)  # customer codes count on for ever: one counter row, not one a day
_LOOKED_UP_BY = frozenset({"code", "name", "short_name", "former_names", "initials", "tax_number", "phone"})


def create_customer(*, by: User, **fields: Any) -> Customer:
    """Make a customer and keep its first save whole; without a code it gets the next C000123.

    Without a team it belongs to the maker's. Raises CustomerError for a taken code or a wrong tax number.
    """
    require_editor(by)
    with transaction.atomic():
        fields.setdefault("team", by.team)
        if not fields.get("code"):
            fields["code"] = _next_code()
        elif Customer.objects.filter(code=fields["code"]).exists():
            raise CustomerError(_CODE_TAKEN, {"code": fields["code"]}, field="code")
        customer = Customer(**fields, created_by=by, updated_by=by)
        _complete(customer)
        customer.save(force_insert=True)
        write_grams([customer])
        _note(customer, by, "created", after=content_of(customer, CUSTOMER_FIELDS))
    return customer


def change_customer(*, by: User, customer_id: int, version: int, **fields: Any) -> Customer:
    """Change the given fields of a customer that still has this version.

    Raises ConflictError with each field that is stored differently when somebody saved in between, and
    CustomerError for a taken code or a wrong tax number. Saving what is stored already changes nothing.
    """
    require_editor(by)
    with transaction.atomic():
        customer = locked_customer(customer_id)
        before = content_of(customer, CUSTOMER_FIELDS)
        if customer.version != version and not _is_same(customer, fields):
            raise _conflict(customer, fields)
        for name, value in fields.items():
            setattr(customer, name, value)
        _complete(customer)
        code_taken = Customer.objects.filter(code=customer.code).exclude(pk=customer.pk).exists()
        if code_taken:
            raise CustomerError(_CODE_TAKEN, {"code": customer.code}, field="code")
        was, now = compare(before, content_of(customer, CUSTOMER_FIELDS))
        if now:
            _save_changed(customer, by, "changed", was, now)
    return customer


def assign_customer(*, by: User, customer_id: int, version: int | None = None, **people: Any) -> Customer:
    """Give a customer another team, salesperson, clerk or deputy; its orders follow the team.

    Team and salesperson are a manager's to change; raises PermissionDenied for others.
    """
    require_editor(by)
    unknown = set(people) - set(ASSIGNMENT_FIELDS)
    if unknown:
        raise TypeError(f"not people of a customer: {sorted(unknown)}")
    with transaction.atomic():
        customer = locked_customer(customer_id)
        if version is not None and customer.version != version and not _is_same(customer, people):
            raise _conflict(customer, people)
        before = content_of(customer, ASSIGNMENT_FIELDS)
        for name, value in people.items():
            setattr(customer, name, value)
        was, now = compare(before, content_of(customer, ASSIGNMENT_FIELDS))
        if {"team", "salesperson"} & set(now) and not by.may(Permission.SEE_ALL_CUSTOMERS):
            raise PermissionDenied
        if now:
            _save_changed(customer, by, "assigned", was, now)
    return customer


def block_customer(*, by: User, customer_id: int, reason: str) -> Customer:
    """Stop selling to a customer, with the reason people will read on the order page."""
    require_editor(by)
    if not reason.strip():
        raise CustomerError(_REASON_MISSING, field="reason")
    return _set_block(by, customer_id, is_blocked=True, reason=reason.strip()[:200])


def unblock_customer(*, by: User, customer_id: int, reason: str) -> Customer:
    """Sell to a customer again, with the reason in its diary."""
    require_editor(by)
    if not reason.strip():
        raise CustomerError(_REASON_MISSING, field="reason")
    return _set_block(by, customer_id, is_blocked=False, reason=reason.strip()[:200])


def add_note(*, by: User, customer_id: int, text: str) -> CustomerEvent:
    """Write what was said or heard into the diary of a customer (<= 2,000 characters)."""
    require_editor(by)
    if not text.strip():
        raise CustomerError(_NOTE_EMPTY, field="text")
    with transaction.atomic():
        customer = locked_customer(customer_id)
        return _note(customer, by, "note", note=text.strip()[:2000])


def verify_customer(*, by: User, customer_id: int) -> Customer:
    """Somebody compared the record with its evidence today."""
    require_editor(by)
    with transaction.atomic():
        customer = locked_customer(customer_id)
        before = content_of(customer, ("verified_on",))
        customer.verified_on = timezone.localdate()
        was, now = compare(before, content_of(customer, ("verified_on",)))
        if now:
            _save_changed(customer, by, "verified", was, now)
    return customer


def require_editor(by: User) -> None:
    """Raises PermissionDenied for people who may not change customers."""
    if not by.may(Permission.EDIT_CUSTOMERS):
        raise PermissionDenied


def locked_customer(customer_id: int) -> Customer:
    """The customer's row, held until the caller's transaction ends; deeds on its parts lock it first, too."""
    return Customer.objects.select_for_update().get(pk=customer_id)


def touch(customer: Customer, by: User, kind: str, was: dict[str, Any], now: dict[str, Any], note: str = "") -> None:
    """A part of the customer changed: write the diary, move the change date; the customer's own fields stay."""
    customer.updated_at, customer.updated_by = timezone.now(), by
    customer.save(update_fields=["updated_at", "updated_by"])
    _note(customer, by, kind, before=was, after=now, note=note)


def _set_block(by: User, customer_id: int, *, is_blocked: bool, reason: str) -> Customer:
    fields = ("is_blocked", "blocked_reason")
    with transaction.atomic():
        customer = locked_customer(customer_id)
        before = content_of(customer, fields)
        customer.is_blocked = is_blocked
        customer.blocked_reason = reason if is_blocked else ""
        was, now = compare(before, content_of(customer, fields))
        if now:
            _save_changed(customer, by, "blocked" if is_blocked else "unblocked", was, now, note=reason)
    return customer


def _save_changed(
    customer: Customer, by: User, kind: str, was: dict[str, Any], now: dict[str, Any], note: str = ""
) -> None:
    customer.version += 1
    customer.updated_at, customer.updated_by = timezone.now(), by
    customer.save()
    if _LOOKED_UP_BY & set(now):
        write_grams([customer])
    _note(customer, by, kind, before=was, after=now, note=note)
    if set(ASSIGNMENT_FIELDS) & set(now):
        transaction.on_commit(lambda: customer_assigned.send(sender=Customer, customer_id=customer.pk))


def _complete(customer: Customer) -> None:
    """Normalise the tax number, refuse a wrong one, and write the initials unless a person typed them."""
    customer.tax_number = normalise_tax_number(customer.tax_number)
    errors = errors_of(check_tax_number(customer.tax_number_kind, customer.tax_number))
    if errors:
        raise CustomerError(errors[0].msgid, errors[0].values, field="tax_number")
    if not customer.initials_typed or not customer.initials:
        customer.initials_typed = False
        customer.initials = pinyin_initials(customer.name)[:200]


def _is_same(customer: Customer, fields: dict[str, Any]) -> bool:
    return all(plain_value(getattr(customer, name)) == plain_value(value) for name, value in fields.items())


def _conflict(customer: Customer, typed: dict[str, Any]) -> ConflictError:
    differences = [
        Difference(name, plain_value(getattr(customer, name)), plain_value(value))
        for name, value in typed.items()
        if plain_value(getattr(customer, name)) != plain_value(value)
    ]
    return ConflictError(differences, version=customer.version, changed_by=str(customer.updated_by or ""))


def _note(
    customer: Customer,
    by: User,
    kind: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str = "",
) -> CustomerEvent:
    return CustomerEvent.objects.create(
        customer=customer, by=by, kind=kind, before=before or {}, after=after or {}, note=note
    )


def _next_code() -> str:
    while True:
        number = int(reserve_numbers("C", _CODE_SEQUENCE, 1)[0].rsplit("-", 1)[1])
        code = f"C{number:06d}"
        if not Customer.objects.filter(code=code).exists():
            return code


_CODE_TAKEN = gettext_noop("The code %(code)s is taken already. Choose another one, or leave it empty.")
_REASON_MISSING = gettext_noop("Say why, so that the next person understands.")
_NOTE_EMPTY = gettext_noop("Type what was said or heard.")
