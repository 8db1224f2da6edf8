"""Filters that hide most of a number until somebody asks for it by name."""

from django import template

from salesops.chinese import mask_account, mask_email, mask_phone

register = template.Library()
register.filter("masked_phone", mask_phone)
register.filter("masked_account", mask_account)
register.filter("masked_email", mask_email)


@register.filter
def part(prefix: str, ident: int) -> str:
    """Prefix "contact-" and 5 are "contact-5": the name of one part of a customer."""
    return f"{prefix}{ident}"
