"""The deeds a step of an SOP can stand beside: rooms above tell theirs here, so that nobody looks upward."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from staff.roles import PERMISSIONS, Permission, Role


@dataclass(frozen=True, slots=True)
class SopDeed:
    """One deed: its stored code, its word, and the permissions of which one is enough to do it.

    Without a page (``has_page``) it is done with one key: its step is read, and has no checklist.
    """

    code: str
    label: str | Promise
    permissions: tuple[Permission, ...]
    has_page: bool = True


_deeds: dict[str, SopDeed] = {}


def register_sop_deeds(deeds: Iterable[SopDeed]) -> None:
    """Let steps name these deeds; called once when the apps are ready. The same code again replaces the earlier one."""
    _deeds.update({deed.code: deed for deed in deeds})


def sop_deeds() -> list[SopDeed]:
    """Every deed a step can name, as they were registered."""
    return list(_deeds.values())


def sop_deed(code: str) -> SopDeed | None:
    """The deed of a code; none where no room tells it any more."""
    return _deeds.get(code)


def deed_words(code: str) -> str:
    """The word of a deed; its code where no room tells it any more."""
    deed = _deeds.get(code)
    return str(deed.label) if deed else code


def roles_that_do(codes: Collection[str]) -> list[Role]:
    """Roles that may do one of the deeds; every role where no deed is named. Whoever only administers reads none."""
    working: list[Role] = [role for role in Role if role is not Role.ADMINISTRATOR]
    wanted = {permission for code in codes if code in _deeds for permission in _deeds[code].permissions}
    return [role for role in working if PERMISSIONS[role] & wanted] if wanted else working
