"""Contacts, delivery addresses and invoice profiles of a customer."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers.actions.customers import locked_customer, require_editor, touch
from customers.diary import ADDRESS_FIELDS, CONTACT_FIELDS, PROFILE_FIELDS, compare, content_of, plain_value
from customers.errors import ConflictError, CustomerError, Difference
from customers.models import Address, Contact, InvoiceProfile
from customers.searching import write_grams

if TYPE_CHECKING:
    from staff.models import User


def save_contact(*, by: User, customer_id: int, contact_id: int | None = None, **fields: Any) -> Contact:
    """Add a contact or change one of this customer's; the phones become findable."""
    require_editor(by)
    with transaction.atomic():
        customer = locked_customer(customer_id)
        contact = Contact.objects.get(pk=contact_id, customer=customer) if contact_id else Contact(customer=customer)
        before = content_of(contact, CONTACT_FIELDS) if contact_id else {}
        for name, value in fields.items():
            setattr(contact, name, value)
        was, now = compare(before, content_of(contact, CONTACT_FIELDS))
        if now:
            contact.save()
            write_grams([customer])
            touch(customer, by, "contact", was, now, note=contact.name)
    return contact


def save_address(*, by: User, customer_id: int, address_id: int | None = None, **fields: Any) -> Address:
    """Add a delivery address or change one; the first is the default, and there is only one default."""
    require_editor(by)
    with transaction.atomic():
        customer = locked_customer(customer_id)
        address = Address.objects.get(pk=address_id, customer=customer) if address_id else Address(customer=customer)
        before = content_of(address, ADDRESS_FIELDS) if address_id else {}
        for name, value in fields.items():
            setattr(address, name, value)
        others = Address.objects.filter(customer=customer).exclude(pk=address.pk)
        address.is_default = address.is_default or not others.filter(is_default=True).exists()
        was, now = compare(before, content_of(address, ADDRESS_FIELDS))
        if now:
            if address.is_default:
                others.filter(is_default=True).update(is_default=False)
            address.save()
            touch(customer, by, "address", was, now, note=str(address)[:200])
    return address


def remove_address(*, by: User, customer_id: int, address_id: int) -> None:
    """Take an address away; orders keep their own copy. The next one becomes the default."""
    require_editor(by)
    with transaction.atomic():
        customer = locked_customer(customer_id)
        address = Address.objects.get(pk=address_id, customer=customer)
        was = content_of(address, ADDRESS_FIELDS)
        address.delete()
        following = Address.objects.filter(customer=customer).first()
        if following and not Address.objects.filter(customer=customer, is_default=True).exists():
            following.is_default = True
            following.save(update_fields=["is_default"])
        touch(customer, by, "address_removed", was, {}, note=was["street"])


def save_invoice_profile(
    *, by: User, customer_id: int, line: int | None = None, base_version: int | None = None, **fields: Any
) -> InvoiceProfile:
    """Add an invoice profile, or write a new version of the one with this line number; the old version stays.

    ``base_version`` is the version the person saw; ConflictError when another one is current by now.
    """
    require_editor(by)
    with transaction.atomic():
        customer = locked_customer(customer_id)
        profiles = InvoiceProfile.objects.filter(customer=customer)
        current = profiles.get(line=line, is_current=True) if line is not None else None
        if current and base_version is not None and current.version != base_version:
            raise _profile_conflict(current, fields)
        profile = _next_version(profiles, current)
        profile.customer, profile.created_by = customer, by
        for name, value in fields.items():
            setattr(profile, name, value)
        others = profiles.filter(is_current=True).exclude(line=profile.line)
        profile.is_default = profile.is_default or not others.filter(is_default=True).exists()
        before = content_of(current, PROFILE_FIELDS) if current else {}
        was, now = compare(before, content_of(profile, PROFILE_FIELDS))
        if current and not set(now) - {"valid_from"}:
            return current
        if current:
            InvoiceProfile.objects.filter(pk=current.pk).update(is_current=False)
        if profile.is_default:
            others.filter(is_default=True).update(is_default=False)
        profile.save(force_insert=True)
        touch(customer, by, "invoice_profile", was, now, note=f"{profile.title} · v{profile.version}"[:200])
    return profile


def check_invoice_profile(*, by: User, customer_id: int, profile_id: int, state: str) -> InvoiceProfile:
    """Say that the current version was checked, or came back as wrong."""
    require_editor(by)
    if state not in InvoiceProfile.Check.values:
        raise CustomerError(_NO_SUCH_STATE, field="check_state")
    with transaction.atomic():
        customer = locked_customer(customer_id)
        profile = InvoiceProfile.objects.get(pk=profile_id, customer=customer, is_current=True)
        was, now = compare({"check_state": profile.check_state}, {"check_state": state})
        if now:
            profile.check_state = state
            profile.save(update_fields=["check_state"])
            touch(customer, by, "profile_checked", was, now, note=profile.title)
    return profile


def _next_version(profiles: Any, current: InvoiceProfile | None) -> InvoiceProfile:
    if current is None:
        last = profiles.aggregate(last=Max("line"))["last"] or 0
        return InvoiceProfile(line=last + 1)
    kept = {name: getattr(current, name) for name in PROFILE_FIELDS if name != "valid_from"}
    today: date = timezone.localdate()
    return InvoiceProfile(**kept, line=current.line, version=current.version + 1, valid_from=today)


def _profile_conflict(current: InvoiceProfile, typed: dict[str, Any]) -> ConflictError:
    differences = [
        Difference(name, plain_value(getattr(current, name)), plain_value(value))
        for name, value in typed.items()
        if plain_value(getattr(current, name)) != plain_value(value)
    ]
    return ConflictError(differences, version=current.version, changed_by=str(current.created_by or ""))


_NO_SUCH_STATE = gettext_noop("There is no such state.")
